/** The embedded engine behind its HTTP front, alone in a process, so that it can be killed. Arguments: folder, port. */
import { startClickhouseFront } from "../../helpers/clickhouse-front.ts";

const [dataDir = "", port = "0"] = process.argv.slice(2);

async function main(): Promise<void> {
  const front = await startClickhouseFront(dataDir, Number(port));
  process.stdout.write(`${front.url}\n`);
}

void main();
