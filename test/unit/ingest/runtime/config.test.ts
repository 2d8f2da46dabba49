import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, describeConfig, loadConfig } from "../../../../ingest/runtime/config.ts";

const folder = mkdtempSync(join(tmpdir(), "deskwatch-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("configuration", () => {
  it("starts from defaults when nothing is set", () => {
    const { config, origins } = loadConfig({});
    expect(config.port).toBe(8080);
    expect(config.clickhouseUrl).toBe("");
    expect(config.kafkaBrokers).toEqual([]);
    expect(origins.port).toBe("default");
  });

  it("lets the environment beat the file and the file beat the default", () => {
    const path = fileWith("order.yaml", "http:\n  port: 9001\nlog:\n  level: warn\n");
    const { config, origins } = loadConfig({ DESKWATCH_CONFIG: path, DESKWATCH_PORT: "9002" });
    expect([config.port, config.logLevel, config.host]).toEqual([9002, "warn", "127.0.0.1"]);
    expect([origins.port, origins.logLevel, origins.host]).toEqual([
      "environment",
      "file",
      "default",
    ]);
  });

  it("reads a list from the environment by commas and from the file as a list", () => {
    const path = fileWith("list.yaml", "kafka:\n  brokers: [a:1, b:2]\n");
    expect(loadConfig({ DESKWATCH_CONFIG: path }).config.kafkaBrokers).toEqual(["a:1", "b:2"]);
    expect(loadConfig({ KAFKA_BROKERS: " a:1, b:2," }).config.kafkaBrokers).toEqual(["a:1", "b:2"]);
  });

  it("takes a secret from the file that <VARIABLE>_FILE names, without its line end", () => {
    const path = fileWith("key.txt", "s3cret\n");
    expect(loadConfig({ DESKWATCH_TOKEN_KEY_FILE: path }).config.tokenKey).toBe("s3cret");
  });

  it.each([
    { why: "a file that is no YAML", content: "hooks: [\n  routing_key: {s3cret\n" },
    { why: "a lone text", content: "s3cret" },
    { why: "a list", content: "- s3cret\n" },
  ])("refuses $why without quoting it", ({ content }) => {
    const problems = problemsOf({ DESKWATCH_CONFIG: fileWith("bad.yaml", content) });
    expect(problems).toEqual([expect.stringContaining("DESKWATCH_CONFIG")]);
    expect(problems.join()).not.toContain("s3cret");
  });

  it("refuses a folder in the place of a file, and takes an empty file", () => {
    expect(problemsOf({ DESKWATCH_CONFIG: folder, DESKWATCH_TOKEN_KEY_FILE: folder })).toEqual([
      expect.stringContaining("DESKWATCH_CONFIG"),
      expect.stringContaining("DESKWATCH_TOKEN_KEY_FILE"),
    ]);
    expect(problemsOf({ DESKWATCH_CONFIG: fileWith("empty.yaml", "# nothing\n") })).toEqual([]);
  });

  it.each([
    {
      why: "a port that is no number",
      environment: { DESKWATCH_PORT: "http" },
      named: "DESKWATCH_PORT",
    },
    {
      why: "a port out of range",
      environment: { DESKWATCH_PORT: "70000" },
      named: "DESKWATCH_PORT",
    },
    {
      why: "a URL of another scheme",
      environment: { CLICKHOUSE_URL: "ftp://db" },
      named: "CLICKHOUSE_URL",
    },
    { why: "a misspelt variable", environment: { DESKWATCH_PROT: "1" }, named: "DESKWATCH_PROT" },
    {
      why: "a secret file that is missing",
      environment: { DESKWATCH_MASTER_KEY_FILE: "/nowhere" },
      named: "DESKWATCH_MASTER_KEY_FILE",
    },
    {
      why: "a configuration file that is missing",
      environment: { DESKWATCH_CONFIG: "/nowhere" },
      named: "DESKWATCH_CONFIG",
    },
  ])("refuses $why and names the variable", ({ environment, named }) => {
    const problems = problemsOf(environment);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(named);
  });

  it.each([
    { environment: { DESKWATCH_PORT: "http" }, told: "expected a whole number from 0 to 65535" },
    { environment: { DESKWATCH_PORT: "1.5" }, told: "expected a whole number from 0 to 65535" },
    { environment: { KAFKA_TLS: "yes" }, told: "expected true or false" },
    {
      environment: { KAFKA_BROKERS: "broker-1:9092,broker-2" },
      told: "expected host:port, host:port",
    },
    { environment: { KAFKA_BROKERS: "broker-1:99999" }, told: "expected host:port, host:port" },
    {
      environment: { KAFKA_BROKERS: "kafka://broker-1:9092" },
      told: "expected host:port, host:port",
    },
    {
      environment: { KAFKA_TOPIC_ACCESS: "console access" },
      told: "expected a topic's name: letters, digits, dots, _ and -, up to 249",
    },
    { environment: { CLICKHOUSE_URL: "ftp://db" }, told: "expected an http or https URL" },
    {
      environment: { DESKWATCH_DEAD_LETTER_SHARE_MAX: "2" },
      told: "expected a number from 0 to 1",
    },
    {
      environment: { DESKWATCH_FALSE_ALERTS_PER_100_AGENTS_PER_DAY: "0" },
      told: "expected a number above 0, up to 100",
    },
  ])("says what was expected in place of $environment", ({ environment, told }) => {
    const [name = ""] = Object.keys(environment);
    const [problem = ""] = problemsOf(environment);
    expect(problem.startsWith(`${name}: ${told} (`)).toBe(true);
  });

  it.each([
    { content: "http:\n  port:\n", told: "http.port: expected a whole number from 0 to 65535" },
    {
      content: "retention:\n  reads_days: true\n",
      told: "retention.reads_days: expected a whole number from 0 to 36500",
    },
    {
      content: "retention:\n  reads_days: [3]\n",
      told: "retention.reads_days: expected a whole number from 0 to 36500",
    },
    {
      content: "ingest:\n  dead_letter_share_max: ''\n",
      told: "ingest.dead_letter_share_max: expected a number from 0 to 1",
    },
    { content: "data_dir: 7\n", told: "data_dir: expected a text" },
    { content: "kafka:\n  brokers:\n", told: "kafka.brokers: expected a list, or texts" },
  ])("takes no number from what is none: $content", ({ content, told }) => {
    const problems = problemsOf({ DESKWATCH_CONFIG: fileWith("type.yaml", content) });
    expect(problems).toEqual([expect.stringContaining(told)]);
  });

  it("takes a number of the file as a number or as its decimals", () => {
    const path = fileWith("number.yaml", "http:\n  port: '9001'\ningest:\n  batch_ms_max: 20\n");
    const { config } = loadConfig({ DESKWATCH_CONFIG: path, DESKWATCH_BATCH_ROWS_MAX: " 5 " });
    expect([config.port, config.batchMsMax, config.batchRowsMax]).toEqual([9001, 20, 5]);
    expect(problemsOf({ DESKWATCH_PORT: " ", DESKWATCH_BATCH_ROWS_MAX: "0x10" })).toHaveLength(2);
  });

  it("refuses one topic for two things", () => {
    expect(problemsOf({ KAFKA_TOPIC_DEAD_LETTERS: "console.access" })).toEqual([
      "KAFKA_TOPIC_DEAD_LETTERS: expected another topic than that of KAFKA_TOPIC_ACCESS",
    ]);
    expect(problemsOf({ DESKWATCH_LEDGER_WITNESS_TOPIC: "console.alerts" })).toHaveLength(1);
  });

  it("refuses an unknown key of the file", () => {
    const path = fileWith("unknown.yaml", "http:\n  prot: 1\n");
    expect(problemsOf({ DESKWATCH_CONFIG: path })).toEqual([expect.stringContaining("http.prot")]);
  });

  it("reports every problem at once", () => {
    expect(problemsOf({ DESKWATCH_PORT: "x", DESKWATCH_LOG_LEVEL: "loud" })).toHaveLength(2);
  });

  it.each(["s3cret of several words", "s3cret-schl\u00fcssel-lang", `s3cret${"x".repeat(512)}`])(
    "refuses a bootstrap key that could never be sent, and does not repeat it",
    (key) => {
      const [problem = "", ...others] = problemsOf({ DESKWATCH_BOOTSTRAP_API_KEY: key });
      expect(problem).toMatch(/^DESKWATCH_BOOTSTRAP_API_KEY: expected up to 512 printable ASCII/);
      expect([others, problem.includes("s3cret")]).toEqual([[], false]);
    },
  );

  it("never prints a secret's value", () => {
    const loaded = loadConfig({ DESKWATCH_TOKEN_KEY: "s3cret", PAGERDUTY_ROUTING_KEY: "r0uting" });
    const printed = JSON.stringify(describeConfig(loaded));
    expect(printed).not.toMatch(/s3cret|r0uting/);
    expect(printed).toContain("[set]");
  });
});
