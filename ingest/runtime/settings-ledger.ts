/** Settings of what keeps the trail safe: who signs the log, who outside holds its heads, where copies go. */
import { z } from "zod";
import { secret, setting, text, url } from "./setting.ts";

export const ledgerSettings = {
  ledgerOrigin: setting({
    path: "ledger.origin",
    env: "DESKWATCH_LEDGER_ORIGIN",
    schema: z.string().regex(/^[^\s+]{1,200}$/),
    initial: "deskwatch",
    doc: "Name of the log and of its key, e.g. `audit.example.org/deskwatch`; without spaces and plus.",
  }),
  ledgerKey: secret({
    path: "ledger.key",
    env: "DESKWATCH_LEDGER_KEY",
    doc:
      "Ed25519 seed that signs the log, `<version>:<32 bytes in base64 or hex>`, older ones after commas;" +
      " empty: derived from the master key.",
  }),
  ledgerWitnessPath: setting({
    path: "ledger.witness_path",
    env: "DESKWATCH_LEDGER_WITNESS_PATH",
    schema: text,
    initial: "",
    doc: "File outside the data folder, best on another machine's mount, that holds the signed heads; empty: none.",
  }),
  ledgerWitnessUrl: setting({
    path: "ledger.witness_url",
    env: "DESKWATCH_LEDGER_WITNESS_URL",
    schema: url,
    initial: "",
    doc: "A witness that speaks c2sp.org/tlog-witness, such as `deskwatch witness`; empty: none.",
  }),
  ledgerWitnessKey: setting({
    path: "ledger.witness_key",
    env: "DESKWATCH_LEDGER_WITNESS_KEY",
    schema: text,
    initial: "",
    doc: "Verifier key of the witness at that address, `<name>+<id>+<base64>`.",
  }),
  ledgerWitnessTopic: setting({
    path: "ledger.witness_topic",
    env: "DESKWATCH_LEDGER_WITNESS_TOPIC",
    schema: text,
    initial: "",
    doc: "Kafka topic that holds the signed heads, e.g. `console.checkpoints`; empty: none.",
  }),
  backupDir: setting({
    path: "backup.dir",
    env: "DESKWATCH_BACKUP_DIR",
    schema: text,
    initial: "",
    doc: "Folder into which `POST /v1/backups` copies the embedded store; empty: it refuses.",
  }),
} as const;
