/**
 * The incident that an alert is part of, beside its body, so that incidents are listed without reading bodies: whoever
 * writes the body gives it, an earlier version, too. And which incident somebody asked about.
 */
import type { Migration } from "./migration.ts";

export const incidents: Migration = {
  id: 14,
  name: "incidents",
  statements: [
    `ALTER TABLE alerts ADD COLUMN IF NOT EXISTS incident_id String
  DEFAULT JSONExtractString(body, 'incident_id') AFTER suppression_id`,
    "ALTER TABLE alerts MATERIALIZE COLUMN incident_id",
    "ALTER TABLE reads ADD COLUMN IF NOT EXISTS incident_id String CODEC(ZSTD(1)) AFTER reason",
  ],
};
