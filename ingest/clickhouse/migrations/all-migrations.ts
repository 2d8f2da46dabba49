/** Every migration, in order; a new one is added here and nowhere else. */
import { auditTrail } from "./0001-audit-trail.ts";
import { alerts } from "./0002-alerts.ts";
import { ledger } from "./0003-ledger.ts";
import { retention } from "./0004-retention.ts";
import { fencedInputs } from "./0005-fenced-inputs.ts";
import { suppressions } from "./0006-suppressions.ts";
import { sessionIndex } from "./0007-session-index.ts";
import { identityCodecs } from "./0008-identity-codecs.ts";
import { neighbourhoods } from "./0009-neighbourhoods.ts";
import { keyFingerprints } from "./0010-key-fingerprints.ts";
import { reads } from "./0011-reads.ts";
import { erasures } from "./0012-erasures.ts";
import { keyMakers } from "./0013-key-makers.ts";
import { incidents } from "./0014-incidents.ts";
import { sparedHolds } from "./0015-spared-holds.ts";
import type { Migration } from "./migration.ts";

export const allMigrations: readonly Migration[] = [
  auditTrail,
  alerts,
  ledger,
  retention,
  fencedInputs,
  suppressions,
  sessionIndex,
  identityCodecs,
  neighbourhoods,
  keyFingerprints,
  reads,
  erasures,
  keyMakers,
  incidents,
  sparedHolds,
];
