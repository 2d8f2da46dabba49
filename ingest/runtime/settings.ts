/**
 * Every setting of Deskwatch: its place in the file, its environment variable, its shape and its default.
 *
 * One row a setting; the start, `config print` and the README's table all read this list. Environment beats
 * file beats default. A secret may also come from a file named by `<VARIABLE>_FILE`.
 */
import type { z } from "zod";
import { ingestSettings } from "./settings-ingest.ts";
import { kafkaSettings } from "./settings-kafka.ts";
import { ledgerSettings } from "./settings-ledger.ts";
import { retentionSettings } from "./settings-retention.ts";
import { serviceSettings } from "./settings-service.ts";

export const settings = {
  ...serviceSettings,
  ...kafkaSettings,
  ...ingestSettings,
  ...ledgerSettings,
  ...retentionSettings,
} as const;

export type SettingName = keyof typeof settings;
export type Config = {
  readonly [Name in SettingName]: z.output<(typeof settings)[Name]["schema"]>;
};
