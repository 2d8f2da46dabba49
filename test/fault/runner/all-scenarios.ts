/** Every scenario, in the order in which they run. */

import { blackHole } from "./scenarios/black-hole.ts";
import { brokerRestarts } from "./scenarios/broker-restarts.ts";
import { bursts } from "./scenarios/bursts.ts";
import { clockAhead, clockBehind } from "./scenarios/clocks.ts";
import { cutAnswers } from "./scenarios/cut-answers.ts";
import { databaseAway } from "./scenarios/database-away.ts";
import { fullDisk } from "./scenarios/full-disk.ts";
import { kills } from "./scenarios/kills.ts";
import { lostRecords } from "./scenarios/lost-records.ts";
import { migrations } from "./scenarios/migrations.ts";
import { poisonRecords } from "./scenarios/poison.ts";
import { rebalances } from "./scenarios/rebalances.ts";
import { damagedSnapshots } from "./scenarios/snapshots.ts";
import { stranded } from "./scenarios/stranded.ts";
import { topicAnew } from "./scenarios/topic-anew.ts";
import { unknownCodec } from "./scenarios/unknown-codec.ts";
import { zombies } from "./scenarios/zombies.ts";
import type { Scenario } from "./scene.ts";

export const scenarios: readonly Scenario[] = [
  kills,
  zombies,
  cutAnswers,
  blackHole,
  stranded,
  rebalances,
  brokerRestarts,
  databaseAway,
  bursts,
  poisonRecords,
  unknownCodec,
  lostRecords,
  topicAnew,
  damagedSnapshots,
  migrations,
  fullDisk,
  clockAhead,
  clockBehind,
];
