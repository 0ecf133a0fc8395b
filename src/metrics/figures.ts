/**
 * Lists all figures that the service exports to Prometheus. The table in docs/metrics.md is made of
 * this one.
 *
 * @module
 */

/** A figure, and what its labels may be. */
export interface Figure {
  readonly kind: "counter" | "gauge" | "histogram";
  /** One sentence, for the `HELP` line and the documentation. */
  readonly help: string;
  /** The labels with all their values; `null` where the values are not known beforehand. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
  /** The upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[] | undefined;
}

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const SLOW = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const WORK = ["invitations", "mails"] as const;

/** The figures by their names without the prefix `appservice_mxisd_`. */
export const FIGURES = {
  transactions_total: {
    kind: "counter",
    help: "Transactions of the homeserver. One that failed is sent again.",
    labels: { result: ["accepted", "malformed", "failed"] },
  },
  transaction_bytes_total: {
    kind: "counter",
    help: "Bytes in the bodies of transactions.",
    labels: {},
  },
  transaction_seconds: {
    kind: "histogram",
    help: "The time from a transaction's whole body to its changes being on disk.",
    labels: {},
    buckets: FAST,
  },
  events_total: {
    kind: "counter",
    help: "Events that are invites of local users or answers to them, by what they changed, from " +
      "transactions or found in the homeserver's database.",
    labels: {
      source: ["transaction", "database"],
      result: ["seen", "merged", "joined", "answered", "known", "too old"],
    },
  },
  invitations_total: {
    kind: "counter",
    help: "Attempts to resolve an invitation, by their outcome; why, where one is skipped.",
    labels: {
      outcome: ["resolved", "skipped", "deferred", "failed"],
      reason: null,
    },
  },
  mails_total: {
    kind: "counter",
    help: "Attempts to deliver an email, by their outcome. A postponed email was not tried, of a " +
      "spared one some or all invitations need no email any more.",
    labels: { outcome: ["sent", "deferred", "postponed", "spared", "rejected", "expired"] },
  },
  mails_queued_total: {
    kind: "counter",
    help: "Emails that were queued after a lookup.",
    labels: {},
  },
  send_seconds: {
    kind: "histogram",
    help: "The time that the mail transport took for one email, by its result.",
    labels: { result: ["accepted", "deferred", "rejected"] },
    buckets: SLOW,
  },
  send_failures_total: {
    kind: "counter",
    help:
      "Emails that the mail transport did not accept, by who is taken to be at fault, and where " +
      "in the dialogue. Faults that are `ours` need the administrator.",
    labels: {
      fault: ["temporary", "ours", "doubtful", "recipient"],
      stage: ["connect", "greeting", "auth", "sender", "recipient", "data", "compose"],
    },
  },
  lookup_seconds: {
    kind: "histogram",
    help: "The time that an identity store took for one person, by its result. What is " +
      "`misconfigured` needs the administrator.",
    labels: { store: null, result: ["found", "unknown", "temporary", "misconfigured"] },
    buckets: SLOW,
  },
  database_seconds: {
    kind: "histogram",
    help: "The time that the service's own database took, by operation.",
    labels: {
      operation: ["record", "claim invitations", "settle invitation", "claim mails", "settle mail"],
    },
    buckets: FAST,
  },
  database_errors_total: {
    kind: "counter",
    help: "Operations that the service's own database did not do.",
    labels: {
      operation: ["record", "claim invitations", "settle invitation", "claim mails", "settle mail"],
    },
  },
  invitations: {
    kind: "gauge",
    help: "Invitations in the database by their state.",
    labels: { state: ["pending", "resolved", "cancelled", "skipped", "failed"] },
  },
  mails: {
    kind: "gauge",
    help: "Emails in the database by their state.",
    labels: {
      state: ["queued", "sending", "sent", "rejected", "cancelled", "expired"],
    },
  },
  limited: {
    kind: "gauge",
    help: "Invitations and emails that wait for a limit of `notify.limits`.",
    labels: { limit: ["address", "inviter", "server", "room", "overall"] },
  },
  oldest_seconds: {
    kind: "gauge",
    help:
      "For how long the oldest invitation or email has waited, for whatever reason; 0 if none " +
      "waits.",
    labels: { work: WORK },
  },
  overdue_seconds: {
    kind: "gauge",
    help: "For how long work is due that nobody has begun; 0 if none is.",
    labels: { work: WORK },
  },
  circuit_open: {
    kind: "gauge",
    help: "1 in an outage: of the identity stores for invitations, of the mail server for emails.",
    labels: { work: WORK },
  },
  catching_up: {
    kind: "gauge",
    help: "1 while the homeserver sends what happened in a downtime: no emails are sent then.",
    labels: {},
  },
  ready: {
    kind: "gauge",
    help: "1 when the service takes transactions, as /readyz.",
    labels: {},
  },
  delivery_ready: {
    kind: "gauge",
    help: "1 when emails go out, as /readyz/delivery.",
    labels: {},
  },
  build_info: {
    kind: "gauge",
    help: "Always 1, with the program's version.",
    labels: { version: null },
  },
  start_time_seconds: {
    kind: "gauge",
    help: "When the process started, in seconds since 1970.",
    labels: {},
  },
  cpu_seconds_total: {
    kind: "counter",
    help: "The processor time of the process.",
    labels: { mode: ["user", "system"] },
  },
  memory_bytes: {
    kind: "gauge",
    help: "Memory of the process: all of it that is resident, and JavaScript's heap.",
    labels: { kind: ["resident", "heap"] },
  },
} as const satisfies Readonly<Record<string, Figure>>;

/** The name of a figure. */
export type FigureName = keyof typeof FIGURES;

/** The labels of a figure with a value each. */
export type LabelsOf<Name extends FigureName> = {
  readonly [Label in keyof (typeof FIGURES)[Name]["labels"]]:
    (typeof FIGURES)[Name]["labels"][Label] extends readonly (infer Value extends string)[] ? Value
      : string;
};

/** The figures of one kind. */
export type FigureOf<Kind extends Figure["kind"]> = {
  [Name in FigureName]: (typeof FIGURES)[Name]["kind"] extends Kind ? Name : never;
}[FigureName];
