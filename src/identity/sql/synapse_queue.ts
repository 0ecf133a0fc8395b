/**
 * Reads Synapse's queue for an application service from its database, on SQLite and PostgreSQL.
 *
 * @module
 */

import { withDeadline } from "../deadline.ts";
import { StoreError } from "../port.ts";
import { openDatabase } from "./database.ts";
import type { Query } from "./port.ts";
import type { DatabaseSettings } from "./section.ts";
import type { ServerDependencies } from "./server_database.ts";

const NAME = "synapseSql";

/** The tables that are read, for the administrator who grants the right to read them. */
export const QUEUE_TABLES: readonly string[] = [
  "application_services_state",
  "application_services_txns",
  "appservice_stream_position",
  "events",
];

/** Synapse's queue for a service. */
export interface SynapseQueue {
  /** What Synapse takes the service for; `undefined` until it has sent something or failed to. */
  readonly state: "up" | "down" | undefined;
  /** How many transactions wait for the service. */
  readonly transactions: number;
  /** When the first event of the oldest one was received, in milliseconds UTC, if it is still known. */
  readonly oldest: number | undefined;
  /** How many events no transaction was made of yet, for any service. */
  readonly unread: number;
  /** When the first of them was received, in milliseconds UTC. */
  readonly unreadSince: number | undefined;
}

// Only so many are counted: one who is further behind need not know by how much.
const MAX_COUNTED = 100_000;

// Transactions are sent in the order of their IDs.
const STATE = "SELECT state FROM application_services_state WHERE as_id = ?";
const TRANSACTIONS = "SELECT COUNT(*) AS n FROM application_services_txns WHERE as_id = ?";
const OLDEST = `
  SELECT event_ids FROM application_services_txns WHERE as_id = ? ORDER BY txn_id LIMIT 1`;
const RECEIVED = "SELECT received_ts FROM events WHERE event_id = ?";
// Synapse passes over outliers and rejected events without a word: on a quiet server they may be the
// newest ones for days.
const UNREAD = `
  SELECT COUNT(*) AS n, MIN(received_ts) AS since FROM (
    SELECT e.received_ts FROM events AS e, appservice_stream_position AS p
    WHERE e.stream_ordering > p.stream_ordering AND NOT e.outlier AND e.rejection_reason IS NULL
    ORDER BY e.stream_ordering LIMIT ${MAX_COUNTED}
  ) AS unread`;

/**
 * Reads the queue.
 *
 * @param id The `id` of the service's registration.
 * @throws {StoreError} If the database cannot be read.
 */
export async function readSynapseQueue(
  section: DatabaseSettings,
  dependencies: ServerDependencies,
  id: string,
  signal?: AbortSignal,
): Promise<SynapseQueue> {
  const { clock, timeout } = dependencies;
  await using database = openDatabase(NAME, section, dependencies);
  return await withDeadline(
    NAME,
    { clock, deadline: timeout, signal },
    (signal) => database.read((query) => readQueue(query, id), { signal }),
  );
}

async function readQueue(query: Query, id: string): Promise<SynapseQueue> {
  const [state] = await query(STATE, id);
  const [transactions] = await query(TRANSACTIONS, id);
  const [first] = await query(OLDEST, id);
  const [event] = firstEvent(first?.event_ids);
  const [received] = event === undefined ? [] : await query(RECEIVED, event);
  const [unread] = await query(UNREAD);
  return {
    state: state?.state === "up" || state?.state === "down" ? state.state : undefined,
    transactions: numberOf(transactions?.n) ?? 0,
    oldest: numberOf(received?.received_ts),
    unread: numberOf(unread?.n) ?? 0,
    unreadSince: numberOf(unread?.since),
  };
}

function firstEvent(json: unknown): readonly string[] {
  if (typeof json !== "string") return [];
  try {
    const ids: unknown = JSON.parse(json);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string").slice(0, 1) : [];
  } catch {
    throw new StoreError(NAME, "temporary", "a transaction of Synapse's queue is not JSON");
  }
}

// PostgreSQL's large numbers come as text.
function numberOf(value: unknown): number | undefined {
  const number = value === null || value === undefined ? NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}
