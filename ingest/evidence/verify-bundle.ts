/** Proves an evidence bundle by itself: nothing but the bundle and a trusted key is looked at. */
import type { z } from "zod";
import { bodyTableOf, eventTables, ownColumnsOf, youngColumns } from "../clickhouse/event-rows.ts";
import { type Checkpoint, openCheckpoint, type TrustedLog } from "../ledger/checkpoint.ts";
import { bodyHashIn, offsetIn, outcomeIn, rowHash } from "../ledger/leaf.ts";
import { recordHash } from "../ledger/ledger-record.ts";
import { leafHash } from "../ledger/merkle.ts";
import { rootOfPruned } from "../ledger/pruned-tree.ts";
import {
  type EndLine,
  endLine,
  type HeadLine,
  headLine,
  type LinkLine,
  linkLine,
} from "./bundle.ts";

export interface BundleVerdict {
  readonly links: number;
  readonly records: number;
  /** Entries of the log that the signed head covers. */
  readonly logSize: number;
  /** Empty: proven. At most `faultsMax`. */
  readonly faults: readonly BundleFault[];
}

export interface BundleFault {
  /** Line of the bundle, from 1. */
  readonly line: number;
  readonly problem: string;
}

const faultsMax = 100;

/** Which keys count, given what the bundle says it was signed with. */
type Trust = (head: HeadLine) => TrustedLog;

export async function verifyBundle(
  lines: AsyncIterable<string>,
  trust: Trust,
): Promise<BundleVerdict> {
  const check = createBundleCheck(trust);
  for await (const text of lines) check.line(text);
  return check.verdict();
}

function createBundleCheck(trust: Trust) {
  const faults: BundleFault[] = [];
  const logLeaves = new Map<number, Buffer>();
  let number = 0;
  let records = 0;
  let signed: Checkpoint | undefined;
  let isClosed = false;
  const fault = (problem: string): void => {
    if (faults.length < faultsMax) faults.push({ line: number, problem });
  };
  const link = (text: string): void => {
    const line = parsed(linkLine, text, fault);
    if (line === undefined) return;
    if (logLeaves.has(line.log_index)) fault("this entry of the log is disclosed twice");
    for (const problem of faultsOfLink(line)) fault(problem);
    logLeaves.set(line.log_index, Buffer.from(recordHash(line.link), "hex"));
    records += line.records.length;
  };
  const end = (text: string): void => {
    isClosed = true;
    const line = parsed(endLine, text, fault);
    if (line === undefined) return;
    if (line.links !== logLeaves.size || line.records !== records) fault("lines are missing");
    if (signed !== undefined && !leadsTo(signed, logLeaves, line)) {
      fault("the links do not lead to the root that was signed");
    }
  };
  return {
    line: (text: string): void => {
      number += 1;
      if (isClosed) fault("there is more after the end of the bundle");
      else if (number === 1) signed = openHead(text, trust, fault);
      else if (text.startsWith('{"log_index"')) link(text);
      else end(text);
    },
    verdict: (): BundleVerdict => {
      if (!isClosed) fault("the bundle has no end: it was cut off");
      if (records === 0) fault("no record is disclosed: there is nothing to prove");
      return { links: logLeaves.size, records, logSize: signed?.size ?? 0, faults };
    },
  };
}

function leadsTo(
  { size, root }: Checkpoint,
  logLeaves: ReadonlyMap<number, Buffer>,
  { log_pruned }: EndLine,
): boolean {
  const pruned = log_pruned.map((hash) => Buffer.from(hash, "hex"));
  return rootOfPruned(size, logLeaves, pruned)?.equals(root) === true;
}

type Fault = (problem: string) => void;

function openHead(text: string, trust: Trust, fault: Fault): Checkpoint | undefined {
  const head = parsed(headLine, text, fault);
  if (head === undefined) return undefined;
  if (!areOwnNames(head.columns)) fault("its names of columns are not those of the tables");
  const opened = openCheckpoint(head.checkpoint, trust(head));
  if (opened.kind === "opened") return opened.checkpoint;
  fault(`the signed head is refused: ${opened.reason}`);
  return undefined;
}

/** The names are not signed, and under others the values would say something else. */
function areOwnNames(columns: HeadLine["columns"]): boolean {
  const tables = Object.values(eventTables);
  const own = tables.every((table) => {
    const known = ownColumnsOf(table);
    // An earlier version's rows have no young column.
    const named = [known, known.filter((name) => name !== youngColumns[table])];
    return named.some((names) => isSame(names, columns[table] ?? []));
  });
  return own && Object.keys(columns).length === tables.length;
}

const isSame = (names: readonly string[], others: readonly string[]): boolean =>
  names.length === others.length && names.every((name, at) => name === others[at]);

function parsed<Shape extends z.ZodType>(
  shape: Shape,
  text: string,
  fault: Fault,
): z.output<Shape> | undefined {
  const value = jsonOf(text);
  const result = shape.safeParse(value);
  // Of a name that comes twice another reader may take the other value.
  if (result.success && JSON.stringify(value) !== text) fault("not written as the service does");
  if (result.success) return result.data;
  fault(`not a line of a bundle, at ${result.error.issues[0]?.path.join(".") || "its start"}`);
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function* faultsOfLink({ link, records, pruned }: LinkLine): Generator<string> {
  const leaves = new Map<number, Buffer>();
  for (const record of records) {
    leaves.set(record.offset - link.start, leafHash(record.leaf));
    const problem = faultOfRecord(record);
    if (problem !== undefined) yield `offset ${record.offset}: ${problem}`;
  }
  if (leaves.size !== records.length) yield "an offset is disclosed twice";
  const hashes = pruned.map((hash) => Buffer.from(hash, "hex"));
  const root = rootOfPruned(link.end - link.start, leaves, hashes);
  if (root?.toString("hex") !== link.root) yield "the records do not lead to the link's root";
}

function faultOfRecord(record: LinkLine["records"][number]): string | undefined {
  const { offset, leaf, table, values } = record;
  if (offsetIn(leaf) !== offset) return "its leaf is that of another offset";
  if (bodyTableOf(outcomeIn(leaf)) !== table) return "its row is said to be of another table";
  const expected = bodyHashIn(leaf);
  const found = values === undefined ? "" : rowHash(JSON.stringify(values).slice(1, -1));
  return found === expected ? undefined : "its values are not those that its leaf commits to";
}
