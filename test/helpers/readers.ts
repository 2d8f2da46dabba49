/** Weeks of people who ask through the API, independent of what detection expects of them. */
import { askedOfNobody, type Read } from "../../detectors/store/read-store.ts";
import { createRandom, type Random } from "../../ingest/simulator/random.ts";
import { epochMs } from "../../ingest/vocabulary/brand.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

interface Weeks {
  readonly seed: string;
  readonly readers: number;
  readonly days: number;
  /** Of the first day, a Monday. Epoch milliseconds. */
  readonly start: number;
}

interface Question {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly role?: string;
}

const nobodyElse = (number: number): string =>
  `${number.toString(16).padStart(8, "0")}-0000-4000-8000-000000000001`;

const base = ({ id, at, by, role = "analyst" }: Question) => ({
  ...askedOfNobody,
  ...{ requestId: id, at: epochMs(Math.floor(at)), principal: `key:${by}`, role },
});

export const aboutSubject = (question: Question, subject: number): Read => ({
  ...base(question),
  route: "/v1/events",
  subjectTokens: [nobodyElse(subject)],
});

export const lookup = (question: Question, subject: number): Read => ({
  ...aboutSubject(question, subject),
  route: "/v1/subjects/lookup",
});

const aboutAgent = (question: Question, agent: string): Read => ({
  ...base(question),
  route: "/v1/events",
  agentIds: [agent],
  from: epochMs(Math.floor(question.at) - dayMs),
  to: epochMs(Math.floor(question.at)),
});

/**
 * Every reader has a number of cases a day in hours of its own; a case is a negative binomial number of questions of
 * size 0.9, half of them about one agent, the others about subjects whom nobody has asked about before, some of these
 * looked up. Means differ between readers by a log-sd of 0.7.
 */
export function readersWeeks({ seed, readers, days, start }: Weeks): Read[] {
  const random = createRandom(seed);
  const reads: Read[] = [];
  for (let reader = 0; reader < readers; reader += 1) {
    const mean = 4 * random.logNormal(0.7);
    const begin = 6 + random.below(10);
    const role = ["admin", "analyst", "analyst", "viewer"][reader % 4] ?? "analyst";
    for (const day of workdays(random, days)) {
      const cases = 1 + random.geometric(2 / 3);
      for (let number = 0; number < cases; number += 1) {
        const at = start + day * dayMs + (begin + random.between(0, 8)) * hourMs;
        const own = { id: `${reader}-${day}-${number}`, at, by: `${reader}`, role };
        reads.push(...oneCase(random, own, mean, reads.length));
      }
    }
  }
  return reads.toSorted((a, b) => a.at - b.at);
}

/** Nine of ten weekdays, one of seven days at weekends. */
const workdays = (random: Random, days: number): readonly number[] =>
  Array.from({ length: days }, (_, day) => day).filter(
    (day) => !random.chance(day % 7 >= 5 ? 6 / 7 : 0.1),
  );

function oneCase(random: Random, own: Question, mean: number, known: number): Read[] {
  const agent = `agent-${random.below(300)}`;
  const questions = poisson(random, mean * random.gamma(0.9));
  let { at } = own;
  return Array.from({ length: questions }, (_, number) => {
    at += 20_000 * random.logNormal(1.2);
    const question = { ...own, id: `${own.id}-${number}`, at };
    const kind = random.next();
    if (kind < 0.5) return aboutAgent(question, agent);
    return (kind < 0.85 ? aboutSubject : lookup)(question, known + number);
  });
}

/** Arrivals of rate 1 within `mean`. */
function poisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = mean - random.exponential(1); left > 0; left -= random.exponential(1)) count += 1;
  return count;
}
