import { verify } from "../helpers/ledger.ts";
import { withStore } from "../helpers/store.ts";
import { chainAct } from "../helpers/tamper/chain-acts.ts";
import { type Act, judge } from "../helpers/tamper/expectation.ts";
import { logTables, pristineOf, rowTables, type Scene } from "../helpers/tamper/pristine.ts";
import { rowAct } from "../helpers/tamper/row-acts.ts";
import { fillScene } from "../helpers/tamper/scene.ts";
import { chainsOf } from "../helpers/tamper/units.ts";
import { seeded } from "../unit/ingest/kafka/seeded-random.ts";

jest.setTimeout(600_000);

const seed = 20_260_131;
const size = { chains: 32, rangesPerChain: 3, statementChains: 8, statementsPerChain: 4 };

/** A third of the chains get one act as a whole, of the others each link one of its own. */
function actsOf(scene: Scene): readonly Act[] {
  return scene.chains.flatMap((chain) =>
    scene.random() < 1 / 3
      ? [chainAct(scene, chain)]
      : chain.units.map((unit) => rowAct(scene, unit)),
  );
}

describe("a store that was tampered with", () => {
  it("shows every tampering with rows and chains where it is, and nothing anywhere else", async () => {
    await withStore(async (store) => {
      await fillScene(store, size);
      const pristine = await pristineOf(store);
      expect(await verify(store)).toMatchObject({ discrepancies: [] });
      const scene = { pristine, chains: chainsOf(pristine), random: seeded(seed) };
      let count = 0;
      for (let round = 0; count < 900; round += 1) {
        const acts = actsOf(scene);
        count += acts.length;
        await pristine.put(acts.flatMap(({ changes }) => changes));
        const { discrepancies, total } = await verify(store);
        expect({ seed, round, ...judge(acts, discrepancies) }).toEqual({
          seed,
          round,
          missed: [],
          invented: [],
        });
        expect(discrepancies).toHaveLength(total);
      }
      await pristine.put([]);
      for (const table of [...rowTables, ...logTables]) {
        await store.writer.command(`SYSTEM START MERGES ${table}`);
        await store.writer.command(`OPTIMIZE TABLE ${table} FINAL`);
      }
      expect(await verify(store)).toMatchObject({ discrepancies: [] });
    });
  });
});
