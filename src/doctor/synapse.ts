/**
 * Checks Synapse's queue for the service: how far behind it is, since when, and why.
 *
 * @module
 */

import { StoreError } from "../identity/port.ts";
import { QUEUE_TABLES, type SynapseQueue } from "../identity/sql/synapse_queue.ts";
import { MINUTE } from "../settings/duration.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";
import type { ServiceState } from "./service.ts";
import { asSpan } from "./span.ts";

// Both are behind for a moment whenever something happens.
const MAX_LAG_MS = 5 * MINUTE;

const QUEUE = "queue";
const STREAM = "new events";

/** What the checks need. */
export interface SynapseChecks {
  /** Reads the queue; `undefined` if the configuration has no database of Synapse's. */
  readonly read: ((signal: AbortSignal) => Promise<SynapseQueue>) | undefined;
  readonly service: ServiceState;
  /** The time, in milliseconds UTC. */
  readonly now: number;
}

/** Checks the queue. */
export async function checkSynapseQueue(
  { read, service, now }: SynapseChecks,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (read === undefined) {
    return [skipped(QUEUE, "the configuration has no database of Synapse's (synapseSql)")];
  }
  try {
    const queue = await read(signal);
    return [checkTransactions(queue, service, now), checkStream(queue, now)];
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    return [unread(cause)];
  }
}

function unread({ kind, message }: StoreError): Check {
  const seen = `Synapse's database cannot be read: ${message}`;
  const remedy = kind === "misconfigured"
    ? `Correct synapseSql.connection, and let its user read ${QUEUE_TABLES.join(", ")}.`
    : "Start the database, or correct synapseSql.connection.";
  return warning(QUEUE, seen, remedy);
}

function checkTransactions(
  { state, transactions, oldest }: SynapseQueue,
  service: ServiceState,
  now: number,
): Check {
  if (transactions === 0) {
    const seen = state === undefined ? "Synapse has not sent anything yet" : "nothing waits";
    return ok(QUEUE, seen);
  }
  const since = oldest === undefined
    ? ""
    : ` since ${asTime(oldest)} (${asSpan(now - oldest)} ago)`;
  const seen = `${transactions} ${transactions === 1 ? "transaction waits" : "transactions wait"}` +
    ` for the service${since}`;
  if (state === "down") {
    const why = service.kind === "running"
      ? "the service is running, but did not take them when Synapse tried last"
      : "the service is not running here";
    return error(
      QUEUE,
      `${seen}: ${why}`,
      service.kind === "running"
        ? "See the checks of the homeserver, and the logs of both for the refused transaction. A ping " +
          "that succeeds makes Synapse try again at once; else it tries within 10 minutes."
        : "Start the service: it takes them as soon as Synapse tries again.",
    );
  }
  // One is on its way whenever an event has just come.
  return oldest === undefined || now - oldest < MAX_LAG_MS ? ok(QUEUE, seen) : warning(
    QUEUE,
    seen,
    "Wait: Synapse is catching up. If the number does not fall, see its log for appservice errors.",
  );
}

function checkStream({ unread, unreadSince }: SynapseQueue, now: number): Check {
  if (unread === 0 || unreadSince === undefined) {
    return ok(STREAM, "Synapse has looked at all events");
  }
  const lag = now - unreadSince;
  const seen = `Synapse has not looked at ${unread} events for any application service, since ` +
    `${asTime(unreadSince)} (${asSpan(lag)} ago)`;
  if (lag < MAX_LAG_MS) return ok(STREAM, seen);
  return error(
    STREAM,
    seen,
    "See Synapse's log for errors of appservice_sender, and whether the worker that runs it " +
      "(notify_appservices_from_worker) is up; restart that.",
  );
}

function asTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
