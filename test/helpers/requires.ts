/**
 * Suites that need a tool which this package cannot bring along.
 *
 * Where the tool is installed the suite runs. Elsewhere it is reported as skipped, in one line that says what
 * to install; `DESKWATCH_TEST_REQUIRE=all` turns that into a failure, so that a build machine cannot pass by
 * lacking a tool.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { processEnvironment } from "../../ingest/runtime/config.ts";

const requirements = {
  kafka: { tools: ["java", "mvn"], install: "Java 17 and Maven (apt-get install maven)" },
  prometheus: { tools: ["prometheus", "promtool"], install: "apt-get install prometheus" },
  chromium: { tools: ["chromium"], install: "apt-get install chromium" },
} as const satisfies Readonly<Record<string, { tools: readonly string[]; install: string }>>;

type Requirement = keyof typeof requirements;

/** `describe`, where what it needs is installed. */
export function describeWith(requirement: Requirement, name: string, body: () => void): void {
  const { tools, install } = requirements[requirement];
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const title = `${name}: needs ${missing.join(" and ")}; install ${install}`;
  if (processEnvironment()["DESKWATCH_TEST_REQUIRE"] === "all") {
    test(title, () => {
      throw new Error(`${missing.join(" and ")} not found; install ${install}`);
    });
  } else {
    // Over many files jest names no single test, so the line is written here.
    process.stderr.write(`skipped: ${title}\n`);
    // `todo` has no body, so this can never be a test that was switched off and forgotten.
    test.todo(`skipped: ${title}`);
  }
}

function isInstalled(tool: string): boolean {
  const folders = (processEnvironment()["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => folder !== "" && isExecutable(join(folder, tool)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
