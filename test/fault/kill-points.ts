/** Where one batch can be cut short: before, while and after each of its steps. */
const tables = [
  "identities",
  "access_events",
  "exposures",
  "subject_events",
  "ticket_events",
  "agent_events",
  "dead_letters",
  "outcomes",
  "ledger",
] as const;
const moments = ["before", "during", "after"] as const;

export type Moment = (typeof moments)[number];
/** announce and confirm: the two kinds of offset commit; the rest are inserts. */
export type FaultStep = "announce" | "confirm" | (typeof tables)[number];
export type KillPoint = `${Moment} ${FaultStep}`;

export const killPoints: readonly KillPoint[] = [
  "before announce",
  "after announce",
  ...tables.flatMap((table) => moments.map((moment): KillPoint => `${moment} ${table}`)),
  "before confirm",
  "after confirm",
];
