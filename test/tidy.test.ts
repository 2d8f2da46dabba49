/**
 * What no compiler checks about the code itself, as an ordinary test: layers, sizes, doors to time and chance,
 * and the rules that the README's tables follow. Each message says what to do instead.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createProgram } from "../api/cli/program.ts";
import { version } from "../api/version.ts";
import { parameterTable } from "../detectors/parameters/parameter-print.ts";
import { openRegistry } from "../detectors/registry.ts";
import { metricCatalogue } from "../ingest/runtime/metric-catalogue.ts";
import { settings } from "../ingest/runtime/settings.ts";

const root = resolve(__dirname, "..");
const layers = ["ingest", "detectors", "api", "dashboards", "test"];
const linesMax = 250;

const files = layers.flatMap((layer) =>
  readdirSync(join(root, layer), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.c?ts$/.test(path))
    .map((path) => join(layer, path)),
);
const sourceOf = (file: string): string => readFileSync(join(root, file), "utf8");
const product = files.filter((file) => !file.startsWith("test/"));

/** Files in which `pattern` occurs, but for those that `allowed` names. */
function filesWith(pattern: RegExp, among: readonly string[], allowed: readonly string[] = []) {
  return among.filter((file) => !allowed.includes(file) && pattern.test(sourceOf(file)));
}

function upwardImports(file: string): string[] {
  const rank = (path: string) => layers.indexOf(path.split("/")[0] ?? "");
  return [...sourceOf(file).matchAll(/from "(\.[^"]+)"/g)]
    .map((match) => relative(root, resolve(root, file, "..", match[1] ?? "")))
    .filter((target) => rank(target) > rank(file));
}

describe("the layout", () => {
  it.each(product)("%s imports only from its own layer or a lower one", (file) => {
    expect(upwardImports(file)).toEqual([]);
  });

  it("keeps every source file short; find the missing noun instead of cutting in two", () => {
    const lengthOf = (file: string) =>
      sourceOf(file)
        .split("\n")
        .filter((line) => line.trim() !== "").length;
    expect(files.filter((file) => lengthOf(file) > linesMax)).toEqual([]);
  });

  it("has only the agreed folders and files at the top level", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" });
    const top = [...new Set(tracked.split("\n").map((path) => path.split("/")[0] ?? ""))];
    const allowed = /^(\..*|package(-lock)?\.json|tsconfig\.json|README\.md|LICENSE)?$/;
    expect(top.filter((name) => !allowed.test(name) && !layers.includes(name))).toEqual([]);
  });
});

describe("doors", () => {
  it("reads the wall clock in clock.ts only; take a Clock instead", () => {
    const pattern = /\bDate\.now\(|new Date\(\)|performance\.now\(/;
    expect(filesWith(pattern, product, ["ingest/runtime/clock.ts"])).toEqual([]);
  });
  it("draws no hidden randomness; seed it", () => {
    expect(
      filesWith(
        /Math\.random/,
        files.filter((f) => f !== "test/tidy.test.ts"),
      ),
    ).toEqual([]);
  });
  it("reads the environment in config.ts only; take a setting instead", () => {
    const allowed = ["ingest/runtime/config.ts", "api/cli.cts"];
    expect(filesWith(/process\.env/, product, allowed)).toEqual([]);
  });
  it("imports kafkajs in ingest/kafka only", () => {
    const outside = product.filter((file) => !file.startsWith("ingest/kafka/"));
    expect(filesWith(/from "kafkajs/, outside)).toEqual([]);
  });
  it("imports the ClickHouse client in ingest/clickhouse only", () => {
    const outside = product.filter((file) => !file.startsWith("ingest/clickhouse/"));
    expect(filesWith(/from "(@clickhouse|chdb)/, outside)).toEqual([]);
  });
  it("names every column it reads; no SELECT *", () => {
    expect(filesWith(/SELECT \*/i, product)).toEqual([]);
  });
});

describe("tests", () => {
  const tests = files.filter((file) => file.endsWith(".test.ts") && file !== "test/tidy.test.ts");
  it("use fakes that behave: no jest.mock, no retry, no focus", () => {
    const pattern = /jest\.mock\(|jest\.retryTimes|\.only\(/;
    expect(filesWith(pattern, tests)).toEqual([]);
  });
});

describe("what the repository says", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && path !== "test/tidy.test.ts")
    .filter((path) => !/\.(gz|png|mmdb)$|package-lock\.json$/.test(path))
    .filter((path) => existsSync(join(root, path)));
  it("holds no absolute path of a machine", () => {
    const homes = new RegExp(
      `(^|[\\s"'\`(=])/(${["work", "root", "home/[a-z]+"].join("|")})/`,
      "m",
    );
    expect(tracked.filter((path) => homes.test(sourceOf(path)))).toEqual([]);
  });
  it("has no leftover to-do marks", () => {
    const marks = new RegExp(`\\b(${["TO", "FIX"].join("DO|")}ME)\\b`);
    expect(tracked.filter((path) => marks.test(sourceOf(path)))).toEqual([]);
  });
});

describe("the README", () => {
  const readme = sourceOf("README.md");
  const shown = (value: unknown): string => {
    const text = Array.isArray(value) ? value.join(",") : String(value ?? "");
    return text === "" ? "" : `\`${text}\``;
  };
  it.each(Object.values(settings).map((row) => [row.env, row] as const))(
    "tells the setting %s as the code has it",
    (_variable, { env, path, initial, secret, doc }) => {
      const value = secret ? "" : shown(initial);
      expect(readme).toContain(`| \`${env}\` | \`${path}\` | ${value} | ${doc} |`);
    },
  );
  it.each(openRegistry().map((detector) => [detector.meta.id, detector] as const))(
    "tells the detector %s as the code has it",
    (_id, { meta, policy, counting }) => {
      const lanes = [policy && "policy", counting && "statistical"].filter(Boolean).join(", ");
      const says = `${meta.title}. ${meta.description}`;
      expect(readme).toContain(`| \`${meta.id}\` | ${lanes} | ${says} |`);
    },
  );
  it("tells the parameters of detection as the code has them", () => {
    for (const line of parameterTable()) expect(readme).toContain(line);
  });
  it("tells every command", () => {
    for (const { name } of createProgram().commands.map((command) => ({ name: command.name() }))) {
      expect(readme).toMatch(new RegExp(`^\\| .*\`(?:[a-z]+\`, \`)*${name}[ \`]`, "m"));
    }
  });
  it("links to files that are there", () => {
    const targets = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? "");
    expect(targets.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
  it("belongs to the version that package.json names", () => {
    expect(JSON.parse(sourceOf("package.json"))).toMatchObject({ version });
  });
});

describe("the metric catalogue", () => {
  const rows = Object.entries(metricCatalogue);
  it.each(rows)("%s follows the naming rules", (name, row) => {
    expect(name).toMatch(/^deskwatch_[a-z_]+$/);
    expect(row.kind === "counter").toBe(name.endsWith("_total"));
    if (row.kind === "histogram") expect(name).toMatch(/_(seconds|bytes|rows)$/);
  });
  it.each(rows)("%s has no label that could carry a person or an unbounded id", (_name, row) => {
    const forbidden = [
      "agent",
      "subject",
      "session",
      "tenant",
      "ip",
      "alert",
      "event_id",
      "ticket",
    ];
    expect(
      row.labels.filter((label) =>
        forbidden.some((word) => label.startsWith(word) && label !== "event_kind"),
      ),
    ).toEqual([]);
  });
});
