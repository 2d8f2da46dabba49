import { gammaln } from "simple-statistics";

const roundsMax = 2000;
const epsilon = 1e-15;
const tiny = 1e-300;

/** Continued fraction of the incomplete beta function, modified Lentz (Press et al. 2007, 6.4.5). */
function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= roundsMax; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    const change = d * c;
    h *= change;
    if (Math.abs(change - 1) < epsilon) break;
  }
  return h;
}

function notZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/**
 * ln I_x(a, b), the regularised incomplete beta function in log space, 0 < x < 1, a > 0, b > 0. Keeps its
 * relative precision where I itself underflows. `complement` = 1 − x, given apart so that an x close to 1
 * loses nothing. Didonato and Morris 1992 for the choice of the side.
 */
export function logIncompleteBeta(x: number, complement: number, a: number, b: number): number {
  const logFront =
    gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log(complement);
  if (x < (a + 1) / (a + b + 2)) {
    return logFront + Math.log(continuedFraction(x, a, b) / a);
  }
  const other = Math.exp(logFront) * (continuedFraction(complement, b, a) / b);
  return Math.log1p(-Math.min(other, 1));
}
