/** Settings of the API, the store, detection and the hooks. */
import { z } from "zod";
import { amount, count, flag, list, secret, setting, severity, text, url } from "./setting.ts";

export const serviceSettings = {
  host: setting({
    path: "http.host",
    env: "DESKWATCH_HOST",
    schema: text,
    initial: "127.0.0.1",
    doc: "Address that the API listens on.",
  }),
  port: setting({
    path: "http.port",
    env: "DESKWATCH_PORT",
    schema: count(0, 65_535),
    initial: 8080,
    doc: "Port of the API; 0 picks a free one.",
  }),
  publicUrl: setting({
    path: "http.public_url",
    env: "DESKWATCH_PUBLIC_URL",
    schema: url,
    initial: "",
    doc: "Where people reach the API, for links in what hooks send; empty: no links.",
  }),
  rateLimitPerMinute: setting({
    path: "http.rate_limit_per_minute",
    env: "DESKWATCH_RATE_LIMIT_PER_MINUTE",
    schema: count(1, 1_000_000),
    initial: 6_000,
    doc: "Requests per minute and API key before 429.",
  }),
  metricsRequireKey: setting({
    path: "http.metrics_require_key",
    env: "DESKWATCH_METRICS_REQUIRE_KEY",
    schema: flag,
    initial: false,
    doc: "Whether /metrics asks for an API key.",
  }),
  dataDir: setting({
    path: "data_dir",
    env: "DESKWATCH_DATA_DIR",
    schema: text,
    initial: "data",
    doc: "Folder of the embedded ClickHouse, the inbox and the demo's own keys.",
  }),
  logLevel: setting({
    path: "log.level",
    env: "DESKWATCH_LOG_LEVEL",
    schema: z.enum(["debug", "info", "warn", "error", "silent"]),
    initial: "info",
    doc: "Least severe log line that is written.",
  }),

  clickhouseUrl: setting({
    path: "clickhouse.url",
    env: "CLICKHOUSE_URL",
    schema: url,
    initial: "",
    doc: "ClickHouse server; empty: embedded in `data_dir`.",
  }),
  clickhouseUser: setting({
    path: "clickhouse.user",
    env: "CLICKHOUSE_USER",
    schema: text,
    initial: "default",
    doc: "User on the ClickHouse server.",
  }),
  clickhousePassword: secret({
    path: "clickhouse.password",
    env: "CLICKHOUSE_PASSWORD",
    doc: "Password on the ClickHouse server.",
  }),
  clickhouseDatabase: setting({
    path: "clickhouse.database",
    env: "CLICKHOUSE_DATABASE",
    schema: z.string().regex(/^[a-z_][a-z0-9_]*$/i),
    initial: "deskwatch",
    doc: "Database that holds every table.",
  }),
  queryMsMax: setting({
    path: "clickhouse.query_ms_max",
    env: "DESKWATCH_QUERY_MS_MAX",
    schema: count(100, 600_000),
    initial: 30_000,
    doc: "Longest run of one query, milliseconds.",
  }),
  snapshotEvents: setting({
    path: "detect.snapshot_events",
    env: "DESKWATCH_SNAPSHOT_EVENTS",
    schema: count(100, 10_000_000),
    initial: 100_000,
    doc: "Events between two snapshots of the detection engine.",
  }),
  detectionFile: setting({
    path: "detect.detection_file",
    env: "DESKWATCH_DETECTION_FILE",
    schema: text,
    initial: "",
    doc: "YAML file of the parameters of detection; empty: their defaults.",
  }),
  sigmaRules: setting({
    path: "detect.sigma_rules",
    env: "DESKWATCH_SIGMA_RULES",
    schema: text,
    initial: "",
    doc: "Sigma file of analysts' own rules, or a folder of them; empty: none.",
  }),
  falseAlertsPer100AgentDays: setting<number | undefined>({
    path: "detect.false_alerts_per_100_agents_per_day",
    env: "DESKWATCH_FALSE_ALERTS_PER_100_AGENTS_PER_DAY",
    schema: amount(0, 100).optional(),
    initial: undefined,
    doc: "The false-alarm budget of all lanes together; empty: that of the detection file, or else 1.",
  }),

  shadowDetectors: setting<string[]>({
    path: "detect.shadow_detectors",
    env: "DESKWATCH_SHADOW_DETECTORS",
    schema: list,
    initial: [],
    doc: "Comma-separated ids of detectors that are scored and raise no alert.",
  }),

  subjectListsFile: setting({
    path: "detect.subject_lists_file",
    env: "DESKWATCH_SUBJECT_LISTS_FILE",
    schema: text,
    initial: "",
    doc: "JSON file with `canary_subjects`, `watchlist_subjects` and `disabled_detectors`; empty: none.",
  }),
  bootstrapApiKey: {
    ...secret({
      path: "auth.bootstrap_api_key",
      env: "DESKWATCH_BOOTSTRAP_API_KEY",
      doc: "An admin API key accepted from the first start.",
    }),
    // Whatever else it holds could not be sent as a bearer token, so the key would open nothing.
    schema: z
      .string()
      .regex(/^[\x21-\x7e]{0,512}$/, "expected up to 512 printable ASCII characters, no space"),
  },
  pagerdutyRoutingKey: secret({
    path: "hooks.pagerduty.routing_key",
    env: "PAGERDUTY_ROUTING_KEY",
    doc: "Events API v2 integration key; empty: hook off.",
  }),
  pagerdutyEventsUrl: setting({
    path: "hooks.pagerduty.events_url",
    env: "PAGERDUTY_EVENTS_URL",
    schema: url,
    initial: "https://events.pagerduty.com/v2/enqueue",
    doc: "Events API v2 endpoint.",
  }),
  pagerdutySeverityMin: setting<z.output<typeof severity>>({
    path: "hooks.pagerduty.severity_min",
    env: "PAGERDUTY_SEVERITY_MIN",
    schema: severity,
    initial: "medium",
    doc: "Least severe alert that is sent.",
  }),
  hookEventAgeHoursMax: setting({
    path: "hooks.event_age_hours_max",
    env: "DESKWATCH_HOOK_EVENT_AGE_HOURS_MAX",
    schema: count(1, 8_760),
    initial: 24,
    doc: "Alerts whose newest event is older are never sent.",
  }),
} as const;
