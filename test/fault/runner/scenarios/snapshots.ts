/** Stored snapshots of detection whose bytes are no longer what was saved, while detection is killed and started. */

import { engineVersion } from "../../../../detectors/engine/engine.ts";
import { createEngineJournal } from "../../../../detectors/runner/engine-journal.ts";
import { openStore, type Store } from "../../../../ingest/clickhouse/client.ts";
import { until } from "../../../helpers/broker.ts";
import { pauseAbout, type Scenario, type Scene, startSystem, whileFlowing } from "../scene.ts";

const damageSeen = "snapshot of detection damaged: every recorded input is scored again";
const seenMsMax = 60_000;

const middle = "intDiv(length(state) + 1, 2)";

/** What becomes of the agents' states: cut off, one byte another, gone. */
const damages = [
  "substring(state, 1, intDiv(length(state), 2))",
  `concat(substring(state, 1, ${middle} - 1), if(substring(state, ${middle}, 1) = 'A', 'B', 'A'),
    substring(state, ${middle} + 1))`,
  "''",
];

async function withStore<Value>(scene: Scene, use: (store: Store) => Promise<Value>) {
  const clickhouseUrl = scene.engine().directUrl;
  const store = await openStore({ ...scene.direct(), queryMsMax: 30_000, clickhouseUrl });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const spoil = (scene: Scene, expression: string): Promise<void> =>
  withStore(scene, ({ writer }) =>
    writer.command(
      `ALTER TABLE snapshots UPDATE state = ${expression}
        WHERE key LIKE 'agent/%' SETTINGS mutations_sync = 2`,
    ),
  );

const hasAgents = (scene: Scene): Promise<boolean> =>
  withStore(scene, async (store) => {
    const loaded = await createEngineJournal(store, engineVersion).load();
    return loaded.kind === "saved" && loaded.rows.some(({ key }) => key.startsWith("agent/"));
  });

export const damagedSnapshots: Scenario = {
  name: "snapshots",
  says: "detection killed, its snapshot altered, detection started again",
  engine: "server",
  run: async (scene) => {
    await startSystem(scene);
    await whileFlowing(scene, 1_000, async () => {
      for (let round = 0; round < scene.scale.faults; round += 1) {
        await until(() => hasAgents(scene), seenMsMax);
        const [detection] = scene.detections();
        if (detection === undefined) throw new TypeError("nothing detects");
        const seen = detection.timesLogged(damageSeen);
        detection.signal("SIGKILL");
        await spoil(scene, damages[round % damages.length] ?? "''");
        await until(() => detection.timesLogged(damageSeen) > seen, seenMsMax);
        await pauseAbout(scene, 1_000);
      }
    });
    scene.note("rebuilt", scene.detections()[0]?.timesLogged(damageSeen) ?? 0);
  },
};
