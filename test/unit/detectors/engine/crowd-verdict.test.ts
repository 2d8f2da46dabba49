import { z } from "zod";
import { incidentIdOf } from "../../../../detectors/engine/alert-composer.ts";
import { createGatheringBook } from "../../../../detectors/engine/gathering-book.ts";
import { crowd as kind } from "../../../../detectors/engine/gathering-kinds.ts";
import { defaultParameters } from "../../../../detectors/parameters/detection-parameters.ts";
import { subjectCrowd } from "../../../../detectors/rules/subject-crowd.ts";
import { agentId, epochMs, eventId } from "../../../../ingest/vocabulary/brand.ts";
import { access } from "../../../helpers/support-desk.ts";
import { attackAt, hourMs } from "./doubted-desk.ts";

const probationMs = defaultParameters.learning.undisposed_days * 86_400_000;
/** A large organisation, in which many pairs of agents have met over somebody. */
const agentDays = 400_000;
const stateSchema = z.looseObject({ sizes: z.array(z.number()) });

const options = {
  kind,
  meta: subjectCrowd.meta,
  parameters: defaultParameters,
  metrics: undefined,
  mode: "alert" as const,
  standingOf: () => undefined,
  incidentOf: incidentIdOf,
};

/** Whoever of the book's agents looks at a subject joins those who looked before. */
function openBook() {
  const crowds = new Map<number, { agent: string; at: number }[]>();
  let book = createGatheringBook(options);
  const look = (subject: number, agent: string, at: number, ways: readonly number[] = [2]) => {
    const members = [...(crowds.get(subject) ?? []), { agent, at }];
    crowds.set(subject, members);
    const event = access({ id: `${subject}-${agent}`, at, agent });
    const crowd = {
      key: subject,
      size: members.length,
      ways,
      days: 7,
      members: members.map((one) => ({
        id: eventId(`${subject}-${one.agent}`),
        agent: agentId(one.agent),
        at: epochMs(one.at),
        relation: "none" as const,
        ways: 2,
        isFollowed: false,
      })),
    };
    return members.length < 2 ? undefined : book.judge(event, crowd, agentDays);
  };
  for (let n = 0; n < 3_000; n += 1) {
    look(1_000 + Math.floor(n / 2), `pair-${n}`, attackAt - hourMs + n * 1_000);
  }
  return {
    look,
    /** `count` agents one after the other; what was told of them. */
    gather: (subject: number, name: string, count: number, from: number) =>
      Array.from({ length: count }, (_, n) => look(subject, `${name}-${n}`, from + n * hourMs)),
    /** All but the last `left` have looked too long ago. */
    age: (subject: number, left: number) => {
      crowds.set(subject, crowds.get(subject)?.slice(-left) ?? []);
    },
    learn: (...given: Parameters<typeof book.learn>) => book.learn(...given),
    sizes: () => stateSchema.parse(JSON.parse(book.save())).sizes,
    restart: () => {
      const state = book.save();
      book = createGatheringBook(options);
      book.load(state);
    },
  };
}

const idIn = (told: ReturnType<ReturnType<typeof openBook>["gather"]>): string =>
  told.findLast((one) => one !== undefined)?.alert.alert_id ?? "none";

describe("a verdict about a crowd", () => {
  it("goes on telling how its subject was exposed when that is long ago", () => {
    const { gather, look } = openBook();
    expect(gather(1, "looker", 12, attackAt).at(-1)?.alert.exposure?.displayed).toBe(1);
    const late = look(1, "late", attackAt + 12 * hourMs, [1]);
    expect(late?.alert.exposure).toMatchObject({ searched: 1, displayed: 1, revealed: 0 });
  });

  it("that was misuse leaves the sizes of crowds as if it had never been, across a restart", () => {
    const book = openBook();
    const before = book.sizes();
    const id = idIn(book.gather(1, "looker", 12, attackAt));
    expect(book.sizes()).not.toEqual(before);
    book.restart();
    expect(book.learn(id, "misuse")).toBe("misuse");
    expect(book.sizes()).toEqual(before);
    book.gather(1, "late", 2, attackAt + 12 * hourMs);
    expect(book.sizes()).toEqual(before);
  });

  it("that had reason to be there is not told again; one that outgrows it is another", () => {
    const book = openBook();
    const id = idIn(book.gather(1, "looker", 12, attackAt));
    book.learn(id, "ordinary");
    expect(book.gather(1, "late", 2, attackAt + 12 * hourMs)).toEqual([undefined, undefined]);
    const outgrown = book.gather(1, "more", 16, attackAt + 15 * hourMs);
    const first = outgrown.find((one) => one !== undefined);
    expect(first?.isNew).toBe(true);
    expect(first?.alert.alert_id).not.toBe(id);
  });

  it("that was ordinary makes the next one of its kind less telling", () => {
    const valueAfter = (judgement: "ordinary" | "open") => {
      const book = openBook();
      book.learn(idIn(book.gather(1, "looker", 12, attackAt)), judgement);
      const told = book.gather(2, "looker", 12, attackAt + 20 * hourMs);
      return told.findLast((one) => one !== undefined)?.alert.e_value ?? 0;
    };
    expect(valueAfter("ordinary")).toBeLessThan(valueAfter("open"));
  });

  it("is learnt while it is on probation, and is taken for ordinary afterwards", () => {
    const judged = openBook();
    judged.learn(idIn(judged.gather(1, "looker", 12, attackAt)), "ordinary");
    const unjudged = openBook();
    const id = idIn(unjudged.gather(1, "looker", 12, attackAt));
    expect(unjudged.sizes()).not.toEqual(judged.sizes());
    const later = attackAt + probationMs + 20 * hourMs;
    for (const book of [judged, unjudged]) book.gather(2, "pair", 2, later);
    expect(unjudged.sizes()).toEqual(judged.sizes());
    const settled = unjudged.sizes();
    unjudged.learn(id, "misuse");
    expect(unjudged.sizes()).toEqual(settled);
  });
});

describe("a crowd that has alerted", () => {
  it("is told of again when it has grown, and not while it is smaller than it was", () => {
    const book = openBook();
    const id = idIn(book.gather(1, "looker", 12, attackAt));
    book.age(1, 4);
    expect(book.gather(1, "late", 8, attackAt + 12 * hourMs)).toEqual(
      Array.from({ length: 8 }, () => undefined),
    );
    const [grown] = book.gather(1, "more", 1, attackAt + 24 * hourMs);
    expect(grown?.alert).toMatchObject({ alert_id: id, reasons: [{ observed: 13 }] });
  });

  it("teaches nothing more of how large crowds are until somebody has judged it", () => {
    const book = openBook();
    book.gather(1, "looker", 12, attackAt);
    const told = book.sizes();
    book.gather(1, "more", 6, attackAt + 12 * hourMs);
    expect(book.sizes()).toEqual(told);
  });
});
