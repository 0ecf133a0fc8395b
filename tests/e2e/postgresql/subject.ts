/**
 * Outboxes in a real PostgreSQL, each in a schema of its own.
 *
 * @module
 */

import { readServerAddress, type ServerAddress } from "../../../src/database/server_address.ts";
import { stopHash } from "../../../src/notify/stop_hash.ts";
import type { Gathering } from "../../../src/outbox/gather.ts";
import type { Outbox } from "../../../src/outbox/port.ts";
import {
  openPostgresOutbox,
  type PostgresOutboxOptions,
} from "../../../src/outbox/postgresql/outbox.ts";
import { DAY } from "../../../src/settings/duration.ts";
import { Secret } from "../../../src/settings/secret.ts";
import type { Subject } from "../../contracts/outbox_samples.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import type { Postgresql } from "../servers/postgresql.ts";

/** The address of a database of the server, as its superuser. */
export function addressOf(
  { superuser }: Pick<Postgresql, "superuser">,
  port: number,
  parameters = "?sslmode=disable",
): ServerAddress {
  const { user, password } = superuser;
  const read = readServerAddress(
    `//127.0.0.1:${port}/postgres${parameters}`,
    "postgresql",
    { user, password: new Secret(password) },
  );
  if (read.kind === "wrong") throw new TypeError(read.problem);
  return read.address;
}

let schemas = 0;

/** A schema's name that no other test has. */
export function newSchema(): string {
  return `test_${++schemas}`;
}

/** What an outbox of a test is opened with. */
export type OpenOptions =
  & Pick<PostgresOutboxOptions, "address" | "schema" | "clock">
  & Partial<PostgresOutboxOptions>;

/** Opens an outbox as the service does. */
export function openIn(options: OpenOptions): Promise<Outbox> {
  return openPostgresOutbox({
    authorities: [],
    domain: "example.org",
    stopHash: (secret) => stopHash(secret),
    maxAge: DAY,
    ...options,
  });
}

/**
 * An outbox whose tables are empty, and whose time is that of the test's clock. One test at a time: making
 * the tables takes longer than most tests.
 */
export async function postgresSubject(
  server: Postgresql,
  port: number,
  gathering?: Gathering,
): Promise<Subject> {
  const clock = new ManualClock();
  const address = addressOf(server, port);
  const time = () => clock.now();
  await server.run("postgres", EMPTY);
  const outbox = await openIn({ address, schema: "contract", clock, gathering, time });
  return { outbox, clock, [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose]() };
}

const EMPTY = `DO $$ BEGIN
  IF to_regclass('contract.invitations') IS NULL THEN RETURN; END IF;
  DELETE FROM contract.mails;
  DELETE FROM contract.invitations;
  DELETE FROM contract.seen;
  DELETE FROM contract.wake_ups;
  DELETE FROM contract.kept_slots;
  DELETE FROM contract.suppressions;
  DELETE FROM contract.bounces;
  DELETE FROM contract.meta WHERE key <> 'secret';
  ALTER SEQUENCE contract.invitations_id_seq RESTART;
  ALTER SEQUENCE contract.mails_id_seq RESTART;
  ALTER SEQUENCE contract.suppressions_id_seq RESTART;
END $$`;
