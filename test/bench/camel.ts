/**
 * A real tool beside us: Apache Camel, from Maven Central, set up as its documentation has it for the fewest losses:
 * a batch of records is one INSERT, offsets are committed when the batch is done, and a failed one is tried again
 * until it goes through.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { runTool } from "../../ingest/kafka/kafka-distribution.ts";
import type { Config } from "../../ingest/runtime/settings.ts";
import { type Child, startProgram } from "./child.ts";

const version = "4.18.0";
const parts = ["camel-main", "camel-kafka", "camel-http", "camel-bean", "camel-yaml-dsl"];
const recordsPerBatch = 1_000;
const batchMsMax = 500;
const retryMs = 200;

const projectModel = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>bench</groupId><artifactId>bench</artifactId><version>1</version><dependencies>
${parts
  .map(
    (part) =>
      `<dependency><groupId>org.apache.camel</groupId><artifactId>${part}</artifactId><version>${version}</version></dependency>`,
  )
  .join("\n")}
</dependencies></project>`;

/** Folder that holds its jars; fetched through Maven once. Throws `LocalBrokerError`. */
async function camelJars(): Promise<string> {
  const folder = join(homedir(), ".cache", "deskwatch", `camel-${version}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, "pom.xml"), projectModel);
  const goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"];
  const place = ["-f", join(partial, "pom.xml"), `-DoutputDirectory=${partial}`];
  await runTool("mvn", ["-q", "-B", ...goal, ...place]);
  renameSync(partial, folder);
  return folder;
}

export interface CamelTask {
  readonly folder: string;
  readonly config: Config;
  readonly topics: readonly string[];
  readonly groupId: string;
  /** Of the engine's HTTP front. */
  readonly url: string;
  /** Of rows whose columns are names of the events' own fields. */
  readonly table: string;
}

export async function startCamel(task: CamelTask): Promise<Child> {
  const jars = await camelJars();
  mkdirSync(task.folder, { recursive: true });
  const routes = join(task.folder, "routes.yaml");
  writeFileSync(routes, JSON.stringify(routesOf(task), null, 2));
  const settings = `camel.main.name=bench\ncamel.main.routes-include-pattern=file:${routes}\n`;
  writeFileSync(join(task.folder, "application.properties"), settings);
  const classPath = `${task.folder}:${jars}/*`;
  return startProgram("java", ["-Xmx512m", "-cp", classPath, "org.apache.camel.main.Main"]);
}

/** In Camel's language Simple. */
const simply = (name: string): string => `\${${name}}`;

/** YAML as JSON. Rows follow on one another without line breaks, which the format does not need. */
const routesOf = ({ config, topics, groupId, url, table }: CamelTask) => [
  {
    errorHandler: {
      defaultErrorHandler: {
        redeliveryPolicy: { maximumRedeliveries: -1, redeliveryDelay: retryMs },
      },
    },
  },
  {
    route: {
      from: {
        uri: `kafka:${topics.join(",")}`,
        parameters: {
          brokers: config.kafkaBrokers.join(","),
          groupId,
          autoOffsetReset: "earliest",
          autoCommitEnable: false,
          batching: true,
          maxPollRecords: recordsPerBatch,
          pollTimeoutMs: batchMsMax,
          sessionTimeoutMs: config.kafkaSessionMs,
        },
        steps: [
          {
            split: {
              simple: simply("body"),
              aggregationStrategy:
                "#class:org.apache.camel.processor.aggregate.StringAggregationStrategy",
              steps: [{ setBody: { simple: simply("body.getMessage().getBody()") } }],
            },
          },
          { removeHeaders: { pattern: "*" } },
          {
            setHeader: {
              name: "CamelHttpQuery",
              constant: `database=default&query=${encodeURIComponent(
                `INSERT INTO ${table} SETTINGS input_format_skip_unknown_fields = 1 FORMAT JSONEachRow`,
              )}`,
            },
          },
          { to: { uri: url, parameters: { httpMethod: "POST" } } },
        ],
      },
    },
  },
];
