import { z } from "zod";
import type { Store } from "../../ingest/clickhouse/client.ts";
import { type DiscrepancyKind, discrepancyKinds } from "../../ingest/verification/discrepancy.ts";
import type { WitnessedHead } from "../../ingest/verification/log-check.ts";
import type { VerifyOptions } from "../../ingest/verification/verify-store.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";
import { notaryOf, verify } from "../helpers/ledger.ts";
import { daysAhead, everyLimit, holdsOf, retire } from "../helpers/retention.ts";
import { withStore } from "../helpers/store.ts";
import { erase } from "../helpers/subjects.ts";
import { chainAct } from "../helpers/tamper/chain-acts.ts";
import { oneOf, type Random } from "../helpers/tamper/column-value.ts";
import { entryActs } from "../helpers/tamper/entry-acts.ts";
import { type Act, type Expectation, judge } from "../helpers/tamper/expectation.ts";
import { forked, headActs, shortened } from "../helpers/tamper/head-acts.ts";
import { type EarlierKeys, keyActs } from "../helpers/tamper/key-acts.ts";
import { logOf, type SignedLog } from "../helpers/tamper/log-units.ts";
import { logTables, pristineOf, rowTables, type Scene } from "../helpers/tamper/pristine.ts";
import { retireActs } from "../helpers/tamper/retire-acts.ts";
import { rowAct } from "../helpers/tamper/row-acts.ts";
import { fillScene } from "../helpers/tamper/scene.ts";
import { chainsOf } from "../helpers/tamper/units.ts";
import { seeded } from "../unit/ingest/kafka/seeded-random.ts";

jest.setTimeout(600_000);

const seed = 20_260_131;
const logMakers = [...entryActs, ...headActs];
const rowActsMin = 900;
const keyRounds = 3;
/** Each kind of act three times. */
const logActs = 3 * logMakers.length;

/** A third of the chains get one act as a whole, of the others each link one of its own. */
function actsOf(scene: Scene): readonly Act[] {
  return scene.chains.flatMap((chain) =>
    scene.random() < 1 / 3
      ? [chainAct(scene, chain)]
      : chain.units.map((unit) => rowAct(scene, unit)),
  );
}

function logActOf(log: SignedLog, random: Random, round: number): Act {
  const make = logMakers[round % logMakers.length] ?? oneOf(random, logMakers);
  for (;;) {
    const act = make(log, random);
    if (act !== undefined) return act;
  }
}

const nothing = { missed: [], invented: [] };

describe("a store that was tampered with", () => {
  let tamperings = 0;
  const provoked = new Set<DiscrepancyKind>();
  const check = async (
    store: Store,
    acts: readonly Act[],
    options: Partial<VerifyOptions> = {},
  ) => {
    const { discrepancies, total } = await verify(store, options);
    expect(discrepancies).toHaveLength(total);
    for (const { kind } of discrepancies) provoked.add(kind);
    return judge(acts, discrepancies);
  };

  it("shows what was done to rows and chains where it was done, and nothing elsewhere", async () => {
    await withStore(async (store) => {
      await fillScene(store, {
        chains: 32,
        rangesPerChain: 3,
        statementChains: 8,
        statementsPerChain: 5,
      });
      const pristine = await pristineOf(store);
      expect(await verify(store)).toMatchObject({ discrepancies: [] });
      const scene = { pristine, chains: chainsOf(pristine), random: seeded(seed) };
      for (let round = 0; tamperings < rowActsMin; round += 1) {
        const acts = actsOf(scene);
        tamperings += acts.length;
        await pristine.put(acts.flatMap(({ changes }) => changes));
        expect({ seed, round, ...(await check(store, acts)) }).toEqual({ seed, round, ...nothing });
      }
      await pristine.put([]);
      const retired = await retireActs(store, scene);
      tamperings += retired.length;
      await pristine.put(retired.flatMap(({ changes }) => changes));
      expect(await check(store, retired)).toEqual(nothing);
      await pristine.put([]);
      await mergeAll(store);
      expect(await verify(store)).toMatchObject({ discrepancies: [] });
    });
  });

  it("shows what was done to the log and its heads, one act at a time", async () => {
    await withStore(async (store) => {
      await fillScene(store, {
        chains: 2,
        rangesPerChain: 3,
        statementChains: 1,
        statementsPerChain: 5,
      });
      const pristine = await pristineOf(store);
      const log = logOf(pristine, chainsOf(pristine));
      const random = seeded(seed);
      for (let round = 0; round < logActs; round += 1) {
        const act = logActOf(log, random, round);
        tamperings += 1;
        await pristine.put(act.changes);
        const verdict = await check(store, [act]);
        expect({ seed, act: act.name, ...verdict }).toEqual({ seed, act: act.name, ...nothing });
      }
      const witnessed = witnessedIn(log);
      const replacements = [
        ...log.heads.slice(0, -1).map((head) => shortened(log, head)),
        forked(log),
      ];
      for (const act of replacements) {
        tamperings += 1;
        await pristine.put(act.changes);
        // It holds together: only who remembers the log sees that it is another.
        expect(await check(store, [])).toEqual(nothing);
        const verdict = await check(store, [act], { witnessed });
        expect({ act: act.name, ...verdict }).toEqual({ act: act.name, ...nothing });
      }
      await pristine.put([]);
      expect(await check(store, [], { witnessed })).toEqual(nothing);
    });
  });

  it("shows which keys were taken, altered or put back, and which erasures are gone", async () => {
    await withStore(async (store) => {
      await fillScene(store, {
        ...{ chains: 6, rangesPerChain: 2 },
        ...{ statementChains: 0, statementsPerChain: 0 },
      });
      const earlier = await keysIn(store);
      // Every other one, each by a statement with a link of its own.
      const tokens = [...earlier.keys()].filter((_, at) => at % 2 === 0);
      for (const token of tokens) await erase(store, [token]);
      await notaryOf(store).round();
      expect(await verify(store)).toMatchObject({ discrepancies: [] });
      const pristine = await pristineOf(store);
      const scene = { pristine, chains: chainsOf(pristine), random: seeded(seed) };
      for (let round = 0; round < 2 * keyRounds; round += 1) {
        const acts = keyActs(scene, earlier, round);
        expect(acts.length).toBeGreaterThan(10);
        tamperings += acts.length;
        await pristine.put(acts.flatMap(({ changes }) => changes));
        expect({ seed, round, ...(await check(store, acts)) }).toEqual({ seed, round, ...nothing });
      }
      await pristine.put([]);
      expect(await verify(store)).toMatchObject({ discrepancies: [] });
    });
  });

  it("shows each retirement from which somebody had hidden a hold, and no other", async () => {
    await withStore(async (store) => {
      await fillScene(store, {
        ...{ chains: 4, rangesPerChain: 2 },
        ...{ statementChains: 0, statementsPerChain: 0 },
      });
      const later = daysAhead(4_000);
      const anHourBefore = { principal: "ann", at: epochMs(later.now() - 3_600_000) };
      for (const agentId of ["agent-0.0", "agent-1.1", "agent-3.0"]) {
        const scope = { agentId, subjectToken: "", fromAt: null, toAt: null };
        await holdsOf(store).place({ ...scope, reason: "case 7" }, anHourBefore);
      }
      await retire(store, everyLimit(1), later);
      await notaryOf(store).round();
      expect(await check(store, [])).toEqual(nothing);
      const before = await retirementsIn(store);
      await store.writer.command("ALTER TABLE legal_holds DETACH PARTITION ID 'all'");
      await retire(store, everyLimit(1), later);
      await store.writer.command("ALTER TABLE legal_holds ATTACH PARTITION ID 'all'");
      await notaryOf(store).round();
      const known = new Set(before.map(({ source }) => source));
      const expected = (await retirementsIn(store)).filter(({ source }) => !known.has(source));
      expect(expected.length).toBeGreaterThan(3);
      tamperings += 1;
      expect(await check(store, [{ name: "hold hidden", changes: [], expected }])).toEqual(nothing);
    });
  });

  it("was tampered with a thousand times, in every way that a verification can tell", () => {
    expect(tamperings).toBeGreaterThanOrEqual(1_000);
    expect([...provoked].toSorted()).toEqual([...discrepancyKinds].toSorted());
  });
});

/** Where each retirement was stated, as what is to be found of it. */
async function retirementsIn({ reader }: Store): Promise<readonly Expectation[]> {
  const rows = await reader.query("SELECT source, partition, offset FROM retirements", {});
  return rows.map((row) => {
    const { source, partition, offset: from } = retirementRow.parse(row);
    return {
      ...{ kinds: ["hold_overlooked"], tables: ["retirements"] },
      ...{ source, partition, from, to: from + 1 },
    };
  });
}
const retirementRow = z.object({
  source: z.string(),
  partition: z.number(),
  offset: z.coerce.number(),
});

/** What a witness holds of the newest head. */
function witnessedIn({ heads }: SignedLog): readonly WitnessedHead[] {
  const newest = heads.at(-1);
  if (newest === undefined) return [];
  return [{ witness: "paper", size: newest.size, root: String(newest.row.values["root"]) }];
}

/** Wrapped keys by token. */
async function keysIn({ reader }: Store): Promise<EarlierKeys> {
  const rows = await reader.query(
    "SELECT toString(subject_token) AS token, wrapped_key FROM identities ORDER BY token",
    {},
  );
  const typed = rows as { readonly token: string; readonly wrapped_key: string }[];
  return new Map(typed.map((row) => [row.token, row.wrapped_key]));
}

async function mergeAll({ writer }: Store): Promise<void> {
  for (const table of [...rowTables, ...logTables]) {
    await writer.command(`SYSTEM START MERGES ${table}`);
    await writer.command(`OPTIMIZE TABLE ${table} FINAL`);
  }
}
