/**
 * From a p-value to an e-value: f non-increasing with ∫₀¹ f(p) dp ≤ 1, so that E f(P) ≤ 1 for every
 * super-uniform P. Vovk and Wang 2021. All take surprise s = −ln p, so that no tail underflows.
 */

/** Where the mixture's closed form loses its digits, near p = 1; its limit there is ½. */
const nearOne = 1e-4;

/**
 * ∫₀¹ κ p^(κ−1) dκ = (1 − p + p ln p) / (p ln² p): the mixture of all power calibrators; convex; above
 * 1/(2√p) for small p. Vovk and Wang 2021, B.1.
 */
export function mixtureEvidence(surprise: number): number {
  if (surprise < nearOne) return 0.5 + surprise / 6;
  const p = Math.exp(-surprise);
  return (1 - p - p * surprise) / (p * surprise * surprise);
}

/** Part of the stake that lies on the level of decision. */
const stakedShare = 0.9;

/** The p at which `stakedEvidence` reaches `evidence` when it is the level that it was staked on. */
export function stakeLevel(evidence: number): number {
  return Math.min(1, stakedShare / evidence);
}

/**
 * Most of the stake on the level `alpha` at which a decision is due, the rest on the mixture:
 * f(p) = 0.9 · 1{p ≤ α}/α + 0.1 · mixture(p). It integrates to 1 like any other calibrator, and where the
 * budget bites it gives away a factor 1.1 instead of ln² p (about 100 at p = 1e-5). `alpha` has to be fixed
 * before the count begins; it is not convex, so it takes conservative p only.
 */
export function stakedEvidence(surprise: number, alpha: number): number {
  const stake = surprise >= -Math.log(alpha) ? 1 / alpha : 0;
  return stakedShare * stake + (1 - stakedShare) * mixtureEvidence(surprise);
}

/** e^700 is the largest power that is safely finite; evidence is capped there and stays valid. */
const surpriseMax = 700;

/** Caps surprise so that evidence is a finite number in JSON; a lower e-value is still an e-value. */
export function boundedSurprise(surprise: number): number {
  return Math.min(surprise, surpriseMax);
}
