/** What a command says to a person: results on standard output, everything else on standard error. */

export interface Output {
  readonly line: (text: string) => void;
  readonly note: (text: string) => void;
  /** A table of rows for a person, or one JSON document with `--json`. */
  readonly rows: (rows: readonly Readonly<Record<string, unknown>>[], asJson: boolean) => void;
}

const write = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(`${text.split("\n").map(shown).join("\n")}\n`);
};

export const terminalOutput: Output = {
  line: (text) => write(process.stdout, text),
  note: (text) => write(process.stderr, text),
  rows: (rows, asJson) => {
    write(process.stdout, asJson ? JSON.stringify(rows, null, 2) : tableOf(rows));
  },
};

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return shown(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Names and reasons come from others: what would steer a terminal or break the table is shown as an escape. */
const shown = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );

/** Left-aligned columns as wide as their widest cell, two spaces apart. */
export function tableOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const [first] = rows;
  if (first === undefined) return "(none)";
  const columns = Object.keys(first);
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => cell(row[column]).length)),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return [lineOf(columns), ...rows.map((row) => lineOf(columns.map((c) => cell(row[c]))))].join(
    "\n",
  );
}
