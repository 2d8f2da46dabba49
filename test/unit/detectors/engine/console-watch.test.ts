import { consolesMax, createConsoleWatch } from "../../../../detectors/engine/console-watch.ts";
import { createEngine } from "../../../../detectors/engine/engine.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { createMetrics } from "../../../../ingest/runtime/metrics.ts";
import { agentId, epochMs, eventId, ticketId } from "../../../../ingest/vocabulary/brand.ts";
import type { AccessEvent, TicketEvent } from "../../../../ingest/vocabulary/event.ts";
import { access, deskStart, subject } from "../../../helpers/support-desk.ts";

const minuteMs = 60_000;

const look = (at: number, console = "desk", agent = "agent-1"): AccessEvent => ({
  ...access({ id: `look-${console}-${at}`, at, agent, subjects: [subject("s")] }),
  console,
});

const work = (at: number, type: TicketEvent["type"] = "replied", agent?: string): TicketEvent => ({
  kind: "ticket",
  eventId: eventId(`work-${at}`),
  at: epochMs(at),
  type,
  ticketId: ticketId("t"),
  agentId: agent === undefined ? undefined : agentId(agent),
  channel: undefined,
  subjects: [],
});

const usual = 600;
const quietFrom = deskStart + usual * minuteMs;
const isRobot = (agent: string): boolean => agent === "sync";

const open = (metrics: ReturnType<typeof createMetrics> | undefined, changed = {}) =>
  createConsoleWatch({
    robots: { has: isRobot },
    limits: { ...defaultParameters.consoles, ...changed },
    metrics,
  });

/** A desk at which every reply goes with an access to one console, and each fifteenth with one to another. */
function worked(metrics = createMetrics(), changed = {}) {
  const watch = open(metrics, changed);
  for (let n = 0; n < usual; n += 1) {
    watch.note(look(deskStart + n * minuteMs));
    if (n % 15 === 14)
      for (let i = 0; i < 20; i += 1) watch.note(look(deskStart + n * minuteMs, "rare"));
    watch.note(work(deskStart + n * minuteMs + 1, "replied", "agent-1"));
  }
  return watch;
}

const repliesFrom = (
  watch: ReturnType<typeof worked>,
  count: number,
  type?: TicketEvent["type"],
) => {
  for (let n = 1; n <= count; n += 1) watch.note(work(quietFrom + n * minuteMs, type, "agent-2"));
  return watch.silent();
};

describe("a console whose accesses stay away", () => {
  it("is silent once agents have worked three times longer than ever without it", () => {
    // The reply after the last access of the prelude counts, too; the rare one has 15 of them.
    expect(repliesFrom(worked(), 29)).toEqual([]);
    expect(repliesFrom(worked(), 30)).toEqual(["desk"]);
    expect(repliesFrom(worked(), 60).toSorted()).toEqual(["desk", "rare"]);
  });

  it.each([
    // The desk's last access is a minute before the quiet, and one reply has followed it.
    { changed: { work_min: 60 }, replies: 60 },
    { changed: { work_min: 1, times_longest: 10, silence_minutes: 1 }, replies: 10 },
    { changed: { silence_minutes: 45 }, replies: 44 },
    { changed: { accesses_min: 600 }, replies: 30 },
  ])("is silent as the parameters $changed say", ({ changed, replies }) => {
    const isSilentAfter = (count: number) =>
      repliesFrom(worked(undefined, changed), count).includes("desk");
    expect([isSilentAfter(replies - 1), isSilentAfter(replies)]).toEqual([false, true]);
  });

  it("is never silent where the parameters ask for more accesses than it has, or less rest", () => {
    expect(repliesFrom(worked(undefined, { accesses_min: 601 }), 300)).not.toContain("desk");
    const watch = worked(undefined, { retired_days: 1 });
    watch.note(work(quietFrom + 2 * 1_440 * minuteMs, "replied", "agent-2"));
    expect(repliesFrom(watch, 100)).toEqual([]);
  });

  it.each([
    { name: "nobody works", run: () => worked().silent() },
    {
      name: "tickets are assigned by the hundred",
      run: () => repliesFrom(worked(), 300, "assigned"),
    },
    {
      name: "the replies of a quarter of an hour are a flood",
      run: () => {
        const watch = worked();
        for (let n = 0; n < 300; n += 1) watch.note(work(quietFrom + n, "replied", "agent-2"));
        return watch.silent();
      },
    },
    {
      name: "it is not known yet what is usual",
      run: () => {
        const watch = open(undefined);
        watch.note(look(quietFrom));
        return repliesFrom(watch, 300);
      },
    },
    {
      name: "only a robot answers",
      run: () => {
        const watch = worked();
        for (let n = 1; n < 300; n += 1)
          watch.note(work(quietFrom + n * minuteMs, "replied", "sync"));
        return watch.silent();
      },
    },
  ])("is not while $name", ({ run }) => expect(run()).toEqual([]));

  it("stays silent while only a robot uses it, and is heard again with the first person", () => {
    const watch = worked();
    repliesFrom(watch, 40);
    watch.note(look(quietFrom + 41 * minuteMs, "desk", "sync"));
    expect(watch.silent()).toEqual(["desk"]);
    watch.note(look(quietFrom + 42 * minuteMs));
    expect(watch.silent()).toEqual([]);
  });

  it("is learnt only up to where it was told, so that a second cut is told nearly as soon", () => {
    const watch = worked();
    repliesFrom(watch, 10_000);
    watch.note(look(quietFrom + 10_001 * minuteMs));
    const again = quietFrom + 10_002 * minuteMs;
    for (let n = 1; n <= 91; n += 1) watch.note(work(again + n * minuteMs, "replied", "agent-2"));
    expect(watch.silent()).toContain("desk");
  });

  it("is no longer in use after a week", () => {
    const watch = worked();
    watch.note(work(quietFrom + 8 * 1_440 * minuteMs, "replied", "agent-2"));
    expect(repliesFrom(watch, 100)).toEqual([]);
  });

  it("is silent after a restart, too, and a gauge says so", async () => {
    const watch = worked();
    repliesFrom(watch, 20);
    const metrics = createMetrics();
    const next = open(metrics);
    next.load(watch.save());
    expect(await metrics.registry.metrics()).toContain("deskwatch_detect_silent_consoles 0");
    for (let n = 21; n <= 30; n += 1)
      next.note(work(quietFrom + n * minuteMs, "replied", "agent-2"));
    expect(next.silent()).toEqual(["desk"]);
    expect(await metrics.registry.metrics()).toContain("deskwatch_detect_silent_consoles 1");
  });

  it("is told by the engine, also by one that takes over from a snapshot in the silence", async () => {
    const open = (metrics: ReturnType<typeof createMetrics>) =>
      createEngine({ falseAlertsPer100AgentDays: 1, canaries: [], watchlist: [], metrics });
    const reply = (n: number) => work(quietFrom + n * minuteMs, "replied", "agent-2");
    const [first, second] = [createMetrics(), createMetrics()];
    const engine = open(first);
    for (let n = 0; n < usual; n += 1) engine.step(look(deskStart + n * minuteMs));
    for (let n = 1; n <= 30; n += 1) engine.step(reply(n));
    const next = open(second);
    next.restore(engine.snapshotDirty());
    next.step(reply(31));
    expect(await first.registry.metrics()).toContain("deskwatch_detect_silent_consoles 0");
    expect(await second.registry.metrics()).toContain("deskwatch_detect_silent_consoles 1");
  });

  it("is forgotten, and counted, beyond the bound of consoles", async () => {
    const metrics = createMetrics();
    const watch = worked(metrics);
    for (let n = 0; n < consolesMax; n += 1) watch.note(look(quietFrom + n, `other-${n}`));
    expect(repliesFrom(watch, 100)).toEqual([]);
    expect(await metrics.registry.metrics()).toContain(
      'deskwatch_detect_state_evictions_total{detector="consoles"} 2',
    );
  });
});
