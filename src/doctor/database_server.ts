/**
 * Checks the PostgreSQL of the service: whether it can be used, is durable, has the tables, grants the
 * rights, and has connections left.
 *
 * @module
 */

import type { inspectOutboxServer } from "../app/outbox.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";

type ServerFacts = Awaited<ReturnType<typeof inspectOutboxServer>>;

/** What the checks need. */
export interface ServerOptions {
  /** Where it is, for people. */
  readonly name: string;
  /** Looks at the server, without changing it. */
  readonly inspect: () => Promise<ServerFacts>;
  /** Opens it beside the service, as the other commands do. */
  readonly open: () => Promise<Outbox>;
  /** Takes it when it could be opened. */
  readonly onOpened: (outbox: Outbox) => void;
}

/** Checks the server. */
export async function checkServer(options: ServerOptions): Promise<readonly Check[]> {
  let facts: ServerFacts;
  try {
    facts = await options.inspect();
  } catch (cause) {
    return [failed("server", cause)];
  }
  const { at, version, isPooled } = facts;
  const how = isPooled ? ", through a pooler" : "";
  const checks = [
    facts.isReadOnly
      ? error(
        "server",
        `PostgreSQL ${version} at ${at} is read-only for the user ${facts.user}`,
        "Name the primary, or set default_transaction_read_only to off for this user.",
      )
      : ok("server", `PostgreSQL ${version} at ${at} can be used${how}`),
    facts.isDurable ? ok("durability", "what is committed is on disk") : warning(
      "durability",
      "commits are confirmed before they are on disk: a power failure would lose invites",
      "Set fsync and synchronous_commit to on.",
    ),
    checkRights(facts),
    ...isPooled ? [] : [checkConnections(facts)],
  ];
  return [...checks, await checkTables(facts, options)];
}

function checkRights({ user, missing }: ServerFacts): Check {
  if (missing.length === 0) return ok("rights", `the user ${user} may do what the service needs`);
  return error(
    "rights",
    `the user ${user} may not: ${missing.join(", ")}`,
    "Grant the rights that docs/postgresql.md names.",
  );
}

function checkConnections({ user, connections, neededConnections }: ServerFacts): Check {
  const seen = `the user ${user} may open ${connections} more connections`;
  if (connections >= neededConnections) return ok("connections", seen);
  return warning(
    "connections",
    `${seen}; a service needs ${neededConnections}`,
    "Raise max_connections or the role's CONNECTION LIMIT, or end others' connections.",
  );
}

async function checkTables(
  { tables, needed, mayMigrate }: ServerFacts,
  { name, open, onOpened }: ServerOptions,
): Promise<Check> {
  if (tables < needed) {
    const seen = tables === 0
      ? `${name} has no tables that can be read`
      : `${name} has version ${tables}, and this program needs ${needed}`;
    if (mayMigrate) return skipped("tables", `${seen}: the service makes them when it starts`);
    return error(
      "tables",
      `${seen}, and the user may not create or change them`,
      "Let the database's owner run what appservice-mxisd storage migrations --sql prints, and grant " +
        "the rights that docs/postgresql.md names.",
    );
  }
  try {
    onOpened(await open());
    return ok("tables", `${name} has version ${tables}`);
  } catch (cause) {
    return failed("tables", cause);
  }
}

function failed(check: string, cause: unknown): Check {
  if (!(cause instanceof OutboxError)) throw cause;
  const remedy = cause.kind === "refused"
    ? "Correct what the message says: see docs/postgresql.md."
    : "Start the server, or correct storage.provider.postgresql.database.";
  return error(check, cause.message, remedy);
}
