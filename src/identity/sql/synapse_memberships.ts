/**
 * Reads the memberships of local people from Synapse's database, on SQLite and PostgreSQL.
 *
 * @module
 */

import { withDeadline } from "../deadline.ts";
import type {
  AskedInvite,
  FoundAnswer,
  MembershipOptions,
  MembershipPage,
  Memberships,
  PendingInvite,
} from "../memberships.ts";
import { openDatabase } from "./database.ts";
import type { Query, Row } from "./port.ts";
import type { DatabaseSettings } from "./section.ts";
import type { ServerDependencies } from "./server_database.ts";

const NAME = "synapseSql";

/** The tables that are read, for the administrator who grants the right to read them. */
export const MEMBERSHIP_TABLES: readonly string[] = [
  "local_current_membership",
  "events",
  "event_json",
];

const INVITES_PER_PAGE = 100;
const ANSWERS_PER_QUERY = 100;

// The order of an index. Of what is too old only the number is wanted, and its text not read.
const PENDING = `
  SELECT m.user_id, m.room_id, m.event_id, CASE WHEN e.received_ts >= CAST(? AS BIGINT) THEN
    (SELECT j.json FROM event_json AS j WHERE j.event_id = m.event_id) END AS json
  FROM local_current_membership AS m LEFT JOIN events AS e ON e.event_id = m.event_id
  WHERE m.membership = 'invite' AND (m.user_id, m.room_id) > (?, ?)
  ORDER BY m.user_id, m.room_id LIMIT ${INVITES_PER_PAGE}`;

// A replica that lags behind, or a restored database, does not have the invite's event. One that has
// it, and another event for the person's membership, has one that came later.
const ANSWERS = (invites: number) => `
  SELECT a.column3 AS invite, m.user_id, m.room_id, m.event_id, j.json
  FROM (VALUES ${Array(invites).fill("(?, ?, ?)").join(", ")}) AS a
  JOIN local_current_membership AS m ON m.user_id = a.column1 AND m.room_id = a.column2
  JOIN events AS e ON e.event_id = a.column3 AND e.room_id = m.room_id
  JOIN event_json AS j ON j.event_id = m.event_id
  WHERE m.membership IN ('join', 'leave', 'ban') AND m.event_id <> a.column3`;

const JSON_OF = (events: number) =>
  `SELECT event_id, json FROM event_json WHERE event_id IN (${Array(events).fill("?").join(", ")})`;

/**
 * The memberships in Synapse's database. It is opened for each page, and read for a moment only.
 *
 * `timeout` is the deadline of a page.
 *
 * @throws {StoreError} `misconfigured`, if the section does not specify a database.
 */
export function openSynapseMemberships(
  section: DatabaseSettings,
  dependencies: ServerDependencies,
): Memberships {
  const { clock, timeout } = dependencies;
  const database = openDatabase(NAME, section, dependencies);

  function read<Result>(
    work: (query: Query) => Promise<Result>,
    options: MembershipOptions | undefined,
  ): Promise<Result> {
    return withDeadline(
      NAME,
      { clock, deadline: timeout, signal: options?.signal },
      (signal) => database.read(work, { signal }),
    );
  }

  return {
    pendingInvites(since, after, options) {
      return read(async (query): Promise<MembershipPage> => {
        const { userId, roomId } = after ?? { userId: "", roomId: "" };
        const rows = await query(PENDING, `${Math.floor(since)}`, userId, roomId);
        const stored = rows.map((row) => storedEvent(row, clock.now()));
        const previous = await readPrevious(query, stored);
        const last = rows.length < INVITES_PER_PAGE ? undefined : rows.at(-1);
        return {
          invites: stored.map((event): PendingInvite => ({
            event: event && pushed(event, previous),
          })),
          end: last && { userId: String(last.user_id), roomId: String(last.room_id) },
        };
      }, options);
    },
    async answers(invites, options) {
      const found: FoundAnswer[] = [];
      for (let offset = 0; offset < invites.length; offset += ANSWERS_PER_QUERY) {
        const asked = invites.slice(offset, offset + ANSWERS_PER_QUERY);
        found.push(...await read((query) => readAnswers(query, asked, clock.now()), options));
      }
      return found;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function readAnswers(
  query: Query,
  asked: readonly AskedInvite[],
  now: number,
): Promise<readonly FoundAnswer[]> {
  const invites = new Map(asked.map((invite) => [nameOf(invite), invite]));
  const values = asked.flatMap(({ invitee, roomId, eventId }) => [invitee, roomId, eventId]);
  const rows = await query(ANSWERS(asked.length), ...values);
  return rows.flatMap((row) => {
    const { invite: eventId, user_id: invitee, room_id: roomId } = row;
    const invite = invites.get(nameOf({ invitee, roomId, eventId }));
    const event = storedEvent(row, now);
    return invite && event ? [{ invite, event }] : [];
  });
}

function nameOf({ invitee, roomId, eventId }: { readonly [Key in keyof AskedInvite]: unknown }) {
  return JSON.stringify([invitee, roomId, eventId]);
}

type JsonObject = Record<string, unknown>;

interface StoredEvent extends JsonObject {
  readonly unsigned: JsonObject;
}

// As Synapse makes it for clients: see `_serialize_event`. What identifies it is taken from columns.
function storedEvent(row: Row, now: number): StoredEvent | undefined {
  const event = parsed(row.json);
  if (event === undefined) return undefined;
  const { age_ts: ageFrom, ...unsigned } = isObject(event.unsigned) ? event.unsigned : {};
  return {
    ...event,
    type: "m.room.member",
    room_id: row.room_id,
    state_key: row.user_id,
    event_id: row.event_id,
    unsigned: typeof ageFrom === "number"
      ? { ...unsigned, age: Math.max(0, now - ageFrom) }
      : unsigned,
  };
}

// Synapse stores only the ID of the event that was replaced, and adds its content for clients.
async function readPrevious(
  query: Query,
  events: readonly (StoredEvent | undefined)[],
): Promise<ReadonlyMap<unknown, unknown>> {
  const ids = new Set(events.flatMap((event) => {
    const id = event?.unsigned.replaces_state;
    return typeof id === "string" ? [id] : [];
  }));
  if (ids.size === 0) return new Map();
  const rows = await query(JSON_OF(ids.size), ...ids);
  return new Map(rows.map((row) => [row.event_id, parsed(row.json)?.content]));
}

function pushed(event: StoredEvent, previous: ReadonlyMap<unknown, unknown>): JsonObject {
  const content = previous.get(event.unsigned.replaces_state);
  return content === undefined
    ? event
    : { ...event, unsigned: { ...event.unsigned, prev_content: content } };
}

function parsed(json: unknown): JsonObject | undefined {
  if (typeof json !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
