/**
 * The Apache Kafka broker as Maven Central publishes it: jars in a cache folder, fetched once.
 *
 * There is no container and no installer: the broker is a Java program, and its own published artifact names
 * everything that it needs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Newest broker that Java 17 runs and whose protocol kafkajs 2.2.4 still speaks. */
const kafkaVersion = "4.1.1";

/** A tool that this machine lacks, or a step of Java or Maven that failed. The message says what to do. */
export class LocalBrokerError extends Error {
  readonly code: "kafka.tool_missing" | "kafka.download_failed" | "kafka.start_failed";
  constructor(code: LocalBrokerError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface DistributionOptions {
  /** The jars lie in `<cacheDir>/deskwatch/kafka-<version>`. */
  readonly cacheDir: string;
  readonly onProgress?: (message: string) => void;
}

/** Folder that holds the broker's jars; fetches them through Maven when they are not there yet. */
export async function kafkaJars({ cacheDir, onProgress }: DistributionOptions): Promise<string> {
  const folder = join(cacheDir, "deskwatch", `kafka-${kafkaVersion}`);
  if (existsSync(folder)) return folder;
  onProgress?.(`fetching Apache Kafka ${kafkaVersion} from Maven Central`);
  const partial = `${folder}.${process.pid}.partial`;
  mkdirSync(partial, { recursive: true });
  try {
    writeFileSync(join(partial, "pom.xml"), projectModel);
    const goal = "dependency:copy-dependencies";
    const options = ["-DincludeScope=runtime", `-DoutputDirectory=${partial}`];
    await runTool("mvn", ["-q", "-B", "-f", join(partial, "pom.xml"), goal, ...options]);
    publish(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** A rename is atomic: two starters at once both end with one whole folder. */
function publish(partial: string, folder: string): void {
  if (!readdirSync(partial).some((name) => name.startsWith("kafka_2.13-"))) {
    throw new LocalBrokerError("kafka.download_failed", "Maven fetched no broker");
  }
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(partial, { recursive: true, force: true });
  }
}

const projectModel = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>deskwatch</groupId><artifactId>local-broker</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
    <version>${kafkaVersion}</version>
  </dependency></dependencies>
</project>
`;

const installHints = {
  java: "install a Java 17 runtime or newer (Debian: apt-get install default-jre-headless)",
  mvn: "install Maven (Debian: apt-get install maven)",
} as const;

/** Longest tail of a failed tool's output that an error quotes, characters. */
const outputCharsMax = 2_000;

/** Starts a tool that runs until it is stopped; it may write nowhere. */
export const startTool = (tool: keyof typeof installHints, args: readonly string[]): ChildProcess =>
  spawn(tool, args, { stdio: "ignore" });

/** Runs a tool to its end; its output is quoted only when it fails. */
export function runTool(tool: keyof typeof installHints, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keepTail = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-outputCharsMax);
    };
    child.stdout.on("data", keepTail);
    child.stderr.on("data", keepTail);
    child.once("error", (cause) => reject(missingTool(tool, cause)));
    child.once("close", (status) => {
      if (status === 0) resolve();
      else reject(new LocalBrokerError("kafka.download_failed", `${tool} failed: ${output}`));
    });
  });
}

/** What a spawn error means for the person at the terminal. */
export function missingTool(tool: keyof typeof installHints, cause: unknown): LocalBrokerError {
  return new LocalBrokerError(
    "kafka.tool_missing",
    `${tool} not found: ${installHints[tool]}`,
    cause,
  );
}
