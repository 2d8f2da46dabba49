/**
 * Every parameter of detection that an operator may reasonably change, with its range and its default: the one
 * source of the engine's defaults, of the file's check, and of the documents.
 *
 * What stays in code is either mathematics (the calibrators, the priors that only the first days see, what the
 * recalibration absorbs anyway), a bound of memory (rings, books, citations), or part of what a detector's own
 * sentences say (ten minutes of a peak, three days after a look-up, fifty rows a page).
 */
import { z } from "zod";
import { severities } from "../alert.ts";
import type { OpenDetector } from "../evidence/open-detector.ts";
import { openRegistry } from "../registry.ts";
import { choice, factors, group, quantity, whole } from "./parameter-shape.ts";

const share = (initial: number, of: string) =>
  quantity(initial, [0.001, 1], `Share of the budget that ${of} may spend.`);

const budget = group(
  {
    false_alerts_per_100_agents_per_day: quantity(1, [0.001, 100], "The budget, all lanes."),
    session_share: share(0.46, "sessions"),
    agent_day_share: share(0.1, "an agent's days"),
    agent_run_share: share(0.3, "an agent's days in a row"),
    crowd_share: share(0.05, "crowds around one subject"),
    pair_share: share(0.05, "pairs of agents"),
    half_life_days: quantity(28, [1, 365], "How slowly it forgets how many windows begin."),
    evidence_min: quantity(20, [2, 1e6], "Evidence below which nothing alerts, however lavish."),
  },
  "False alerts, and how they are shared out; the shares add up to at most 1.",
).check(({ value, issues }) => {
  const shares = [value.session_share, value.agent_day_share, value.agent_run_share];
  const sum = [...shares, value.crowd_share, value.pair_share].reduce((a, b) => a + b, 0);
  if (sum <= 1 + 1e-9) return;
  const found = Number(sum.toFixed(4));
  const message = `shares that add up to at most 1, found ${found} with those not given`;
  issues.push({ code: "custom", path: [], input: value, message });
});

const learning = group(
  {
    own_half_life_days: quantity(14, [1, 365], "Half-life of an agent's own past."),
    long_half_life_days: quantity(60, [2, 1000], "Half-life of the long memory that runs have."),
    peer_half_life_days: quantity(28, [1, 365], "Half-life of what peers have shown."),
    habit_half_life_days: quantity(28, [1, 365], "Half-life of hours, organisations and teams."),
    clip_p: quantity(0.001, [1e-6, 0.05], "A count beyond this tail of its prediction is clipped."),
    accused_share: quantity(0.2, [0, 1], "Of habits, what a session that alerted teaches."),
    undisposed_days: quantity(14, [1, 90], "After them, what nobody has judged is ordinary."),
  },
  "What windows teach.",
);

const windows = group(
  {
    silence_minutes: quantity(30, [5, 480], "Ends a session without an id."),
    named_silence_hours: quantity(8, [0.5, 24], "Ends a session with an id."),
    session_hours_max: quantity(24, [1, 168], "A longer session is cut."),
    ticket_alive_days: whole(7, [1, 60], "Days without work after which a ticket is dead."),
  },
  "When sessions end and tickets die.",
);

const habits = group(
  {
    rare_share: quantity(0.05, [0.001, 0.5], "An organisation or team below it is rare."),
    rare_hour_share: quantity(0.02, [0.001, 0.5], "Three hours together below it are rare."),
    hours_known_min: quantity(
      60,
      [5, 1000],
      "Hours at work, and a week, before any is called rare.",
    ),
    subjects_known_min: quantity(20, [5, 1000], "Subjects before an organisation or team is."),
    silence_days: quantity(30, [3, 365], "A silence at least so long is a long one."),
    sessions_known_min: quantity(3, [1, 100], "Sessions before a device or network is new."),
  },
  "What is rare or new for an agent.",
);

const gatherings = group(
  {
    crowd_days: whole(14, [1, 14], "How far a crowd around one subject reaches back."),
    pair_days: whole(30, [1, 60], "How far the subjects of a pair reach back."),
    onlooker_days: quantity(14, [1, 14], "How long others count as onlookers."),
    return_days: quantity(30, [1, 60], "How long a look is remembered that one returns from."),
    visit_hours: quantity(8, [1, 48], "Between two looks that are two visits."),
    watchlist_weight: quantity(
      10,
      [1, 1000],
      "Times less evidence that a crowd around a subject of the watch list needs.",
    ),
  },
  "Agents who meet over subjects, and who come back.",
);

const neighbours = group(
  {
    others_min: whole(2, [1, 9], "Neighbours that a number has, among those tried, to count."),
    days: whole(7, [1, 30], "How long a number that was tried is looked for."),
  },
  "Numbers that differ in the last digit only: two meet by chance now and then, three hardly ever.",
);

const robots = group(
  {
    pause_hours_max: whole(7, [1, 12], "A day without a longer pause is sleepless."),
    days_min: quantity(5, [1, 30], "Sleepless days before an account is called a robot."),
    day_share: quantity(0.5, [0.1, 1], "Share of its days that are sleepless."),
  },
  "Accounts that work as no person does: they are no members of a pair or a crowd.",
);

const consoles = group(
  {
    accesses_min: whole(
      500,
      [10, 100_000],
      "Accesses of a console before it is known what is usual.",
    ),
    work_min: whole(
      30,
      [1, 10_000],
      "So many replies, calls and chats without one are no silence.",
    ),
    times_longest: quantity(3, [1, 100], "Nor are so many times the most ever between two."),
    silence_minutes: quantity(15, [1, 1440], "Nor is a shorter time without one."),
    retired_days: quantity(
      7,
      [1, 365],
      "A console without an access for longer is in use no more.",
    ),
  },
  "When a console that is cut off while work goes on is called silent.",
);

const alerts = group(
  {
    join_hours: quantity(4, [0, 168], "A window joins the agent's last alert within it."),
    same_story_days: quantity(3, [0, 14], "It does if the same behaviour leads."),
    incident_agent_days: quantity(
      7,
      [0, 60],
      "Alerts of one agent, or of the same subjects, within it are one incident.",
    ),
    incident_campaign_days: quantity(3, [0, 60], "So are those of one place or organisation."),
  },
  "Which alerts and incidents are one.",
);

const weight = (initial: number, of: string) =>
  quantity(initial, [0, 1000], `Harm of a subject ${of}.`);

const severity = group(
  {
    searched: weight(5, "searched"),
    displayed: weight(1, "displayed"),
    exported: weight(2, "exported"),
    revealed: weight(10, "revealed"),
    gathered: weight(5, "that somebody opened in a crowd or a pair"),
    secret_factor: quantity(3, [1, 1000], "Times the harm where a secret field was shown."),
    sensitive_factor: quantity(2, [1, 1000], "Times the harm for payment, address, call log."),
    watchlist_factor: quantity(3, [1, 1000], "Times the harm of a subject of the watch list."),
    tenants: factors("Times the harm of a subject of the tenant of that name; of others 1."),
    odds_against: quantity(
      50,
      [0, 1e6],
      "What evidence must outweigh to be believed: an e-value as large is believed by half.",
    ),
    medium_from: quantity(15, [0, 1e6], "Expected harm from which an alert is medium."),
    high_from: quantity(80, [0, 1e6], "Expected harm from which it is high."),
    critical_from: quantity(500, [0, 1e6], "Expected harm from which it is critical."),
  },
  "How bad an alert is, by whom it exposed and how, and by how sure that is misuse.",
).check(({ value, issues }) => {
  const { medium_from, high_from, critical_from } = value;
  if (medium_from <= high_from && high_from <= critical_from) return;
  const message = `medium_from ≤ high_from ≤ critical_from, found ${medium_from}, ${high_from}, ${critical_from} with those not given`;
  issues.push({ code: "custom", path: [], input: value, message });
});

export const detectorModes = ["alert", "shadow", "disabled"] as const;
export type DetectorMode = (typeof detectorModes)[number];

/** Of one detector; its own tunables stand beside these. */
const detectorSchema = z.looseObject({
  mode: z.enum(detectorModes),
  stake: z.number().optional(),
  severity: z.enum(severities).optional(),
});

const detectorGroup = ({ meta, policy, counting, params }: OpenDetector) =>
  group(
    {
      mode: choice(detectorModes, "alert", "shadow: scored, no alert; disabled: it only learns."),
      ...(counting && {
        stake: quantity(counting.stake, [0.001, 1], "Weight, by the harm that it stands for."),
      }),
      ...(policy && {
        severity: choice(severities, meta.severity, "Least severity of its facts."),
      }),
      ...params,
    },
    `${meta.title}.`,
  ).pipe(detectorSchema);

const detectors: z.ZodType<Readonly<Record<string, z.infer<typeof detectorSchema>>>> = group(
  Object.fromEntries(openRegistry().map((one) => [one.meta.id, detectorGroup(one).prefault({})])),
  "One group for each detector.",
);

export const detectionParametersSchema = group(
  {
    budget: budget.prefault({}),
    learning: learning.prefault({}),
    windows: windows.prefault({}),
    habits: habits.prefault({}),
    gatherings: gatherings.prefault({}),
    neighbours: neighbours.prefault({}),
    robots: robots.prefault({}),
    consoles: consoles.prefault({}),
    alerts: alerts.prefault({}),
    severity: severity.prefault({}),
    detectors: detectors.prefault({}),
  },
  "Parameters of detection.",
);
export type DetectionParameters = z.infer<typeof detectionParametersSchema>;

/** What holds without a file. */
export const defaultParameters: DetectionParameters = detectionParametersSchema.parse({});
