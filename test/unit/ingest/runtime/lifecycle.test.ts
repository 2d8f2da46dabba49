/** An orderly stop takes ten seconds at most, however many parts do not answer. */
import { createLifecycle } from "../../../../ingest/runtime/lifecycle.ts";
import { createLog } from "../../../../ingest/runtime/log.ts";

const never = (): Promise<void> => new Promise(() => undefined);

describe("an orderly stop", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it("closes what was opened last first, and goes on when one of them does not close", async () => {
    const lifecycle = createLifecycle(createLog({ logLevel: "silent" }));
    const closed: string[] = [];
    lifecycle.onStop("first", () => {
      closed.push("first");
    });
    lifecycle.onStop("stuck", never);
    lifecycle.onStop("last", () => {
      closed.push("last");
    });
    const stopped = lifecycle.stop();
    await jest.advanceTimersByTimeAsync(7_900);
    expect(closed).toEqual(["last"]);
    await jest.advanceTimersByTimeAsync(200);
    await stopped;
    expect(closed).toEqual(["last", "first"]);
  });

  it("gives up on eight parts that do not close within ten seconds", async () => {
    const lifecycle = createLifecycle(createLog({ logLevel: "silent" }));
    for (let part = 0; part < 8; part += 1) lifecycle.onStop(`part ${part}`, never);
    let isStopped = false;
    const stopped = lifecycle.stop().then(() => {
      isStopped = true;
    });
    await jest.advanceTimersByTimeAsync(8_900);
    expect(isStopped).toBe(false);
    await jest.advanceTimersByTimeAsync(1_000);
    await stopped;
    expect(isStopped).toBe(true);
  });
});
