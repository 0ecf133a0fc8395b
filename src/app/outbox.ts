/**
 * Opens the outbox that the settings select.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { postgresqlAddress } from "../config/sections/storage.ts";
import type { MailTransport } from "../mail/port.ts";
import { MAX_ALIKE_PAUSE_MS } from "../notify/alike.ts";
import { USUAL_LONGEST_PAUSE_MS } from "../notify/retry.ts";
import { stopHash } from "../notify/stop_hash.ts";
import { MAX_DELAYS, MAX_LOOKUP_WAIT_MS } from "../outbox/gather.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import type { ServerFacts } from "../outbox/postgresql/inspect.ts";
import type { Waiting } from "../outbox/postgresql/reach.ts";
import type { SqlOutboxOptions } from "../outbox/sql/outbox.ts";
import { openSqliteOutbox } from "../outbox/sqlite/outbox.ts";
import { formatEndpoint } from "../net/endpoint.ts";
import { MINUTE } from "../settings/duration.ts";
import { MAX_QUIET_MS } from "../settings/quiet_hours.ts";
import { gatheringOf, masterSecret, quietHoursOf } from "./notify_options.ts";
import type { Platform } from "./platform.ts";

// Longer than all the lookups for an invitation together.
const MIN_LEASE_MS = 15 * MINUTE;
// Where several services share the outbox, each renews its leases, and the others wait that long for one
// that has ended.
const SHARED_LEASE_MS = 2 * MINUTE;
// Longer than any pause before another attempt.
const MIN_LONGEST_PAUSE_MS = 2 * Math.max(USUAL_LONGEST_PAUSE_MS, MAX_ALIKE_PAUSE_MS);
// What rendering a mail may take, before it is sent.
const RENDER_MS = MINUTE;

/** How the service opens its outbox. */
export interface Opening extends Waiting {
  /** Whether the service keeps the permission to read files. Default: it does not. */
  readonly readsLater?: boolean | undefined;
}

/**
 * Opens the outbox as the service, in SQLite as its owner. It waits for a server that cannot be reached yet.
 *
 * @param transport What sends the mails: each is leased for longer than a send may take.
 * @param inEffect The settings that are in effect: some of the outbox's times are always theirs.
 * @throws {OutboxError} `refused` when the database cannot be used as it is: it has another owner, is not
 *   an outbox or is newer; `unavailable` when its server cannot be reached.
 */
export async function openOutbox(
  settings: Settings,
  platform: OutboxPlatform,
  { longestSend }: Pick<MailTransport, "longestSend">,
  { readsLater = false, ...waiting }: Opening = {},
  inEffect: () => Settings = () => settings,
): Promise<Outbox> {
  const times = () => timesOf(inEffect());
  if (settings.storage.backend === "sqlite") {
    const lease = Math.max(MIN_LEASE_MS, longestSend + RENDER_MS);
    return await open(settings, platform, { lease, times, readsLater });
  }
  return await open(settings, platform, { lease: SHARED_LEASE_MS, times, ...waiting });
}

/**
 * Opens the outbox beside a running service, which keeps its leases.
 *
 * @throws {OutboxError} `refused` when it is not an outbox or is newer.
 */
export async function openOutboxBeside(
  settings: Settings,
  platform: OutboxPlatform,
): Promise<Outbox> {
  try {
    return await open(settings, platform, { owner: false });
  } catch (error) {
    const file = outboxFile(settings);
    const isElsewhere = file !== undefined && !exists(file);
    if (!(error instanceof OutboxError) || !isElsewhere) throw error;
    throw new OutboxError(error.kind, `${error.message}; ${ELSEWHERE}`, { cause: error });
  }
}

/** What an outbox needs of the machine. */
export type OutboxPlatform = Pick<Platform, "clock" | "authorities">;

// Where the service's database may be when it is not where a command looks for it.
const ELSEWHERE =
  "if the service runs with another STATE_DIRECTORY (StateDirectory= of systemd), run this command " +
  "with the same, such as STATE_DIRECTORY=/var/lib/appservice-mxisd, or name the file in " +
  "storage.provider.sqlite.database";

/** Where the outbox is, for people. */
export function outboxName(settings: Pick<Settings, "storage">): string {
  const { provider } = settings.storage;
  const file = outboxFile(settings);
  if (file !== undefined) return file;
  const read = postgresqlAddress(provider.postgresql);
  const hosts = read.kind === "address" ? read.address.endpoints.map(formatEndpoint) : [];
  return `the schema ${provider.postgresql.schema} of PostgreSQL at ${hosts.join(", ")}`;
}

/** What to do if the outbox is not where a command looks for it; `undefined` if there is no other place. */
export function elsewhereAdvice({ storage }: Pick<Settings, "storage">): string | undefined {
  return storage.backend === "sqlite" ? ELSEWHERE : undefined;
}

/** The database's file; `undefined` if it is on a server. */
export function outboxFile({ storage }: Pick<Settings, "storage">): string | undefined {
  if (storage.backend !== "sqlite") return undefined;
  // `config` sets it when the configuration does not.
  return storage.provider.sqlite.database ?? "appservice-mxisd.db";
}

function exists(file: string): boolean {
  try {
    Deno.statSync(file);
    return true;
  } catch {
    return false;
  }
}

async function open(
  settings: Settings,
  platform: OutboxPlatform,
  more:
    & Pick<SqlOutboxOptions, "lease" | "owner" | "times">
    & Waiting
    & { readonly readsLater?: boolean },
): Promise<Outbox> {
  const options = { ...outboxOptions(settings, platform), ...more };
  const { backend } = settings.storage;
  try {
    const file = outboxFile(settings);
    if (file === undefined) return await openOnServer(settings, platform, options);
    return openSqliteOutbox({ ...options, file });
  } catch (error) {
    if (!(error instanceof OutboxError)) throw error;
    const message = `storage.provider.${backend}.database: ${error.message}`;
    throw new OutboxError(error.kind, message, { cause: error });
  }
}

/** The statements that make the tables in PostgreSQL, for whoever applies them by hand. */
export async function outboxMigrations({ storage }: Pick<Settings, "storage">): Promise<string> {
  const { migrationScript } = await import("../outbox/postgresql/migrations.ts");
  return migrationScript(storage.provider.postgresql.schema);
}

/**
 * Looks at the server that has the outbox, and changes nothing.
 *
 * @throws {OutboxError} If it cannot be reached or logged in to.
 */
export async function inspectOutboxServer(
  { storage }: Pick<Settings, "storage">,
  platform: OutboxPlatform,
): Promise<ServerFacts> {
  const { postgresql } = storage.provider;
  const read = postgresqlAddress(postgresql);
  if (read.kind === "wrong") throw new OutboxError("refused", read.problem);
  const { inspectServer } = await import("../outbox/postgresql/inspect.ts");
  return await inspectServer({ ...platform, address: read.address, schema: postgresql.schema });
}

async function openOnServer(
  { storage }: Settings,
  { authorities }: OutboxPlatform,
  options: SqlOutboxOptions & Waiting,
): Promise<Outbox> {
  const read = postgresqlAddress(storage.provider.postgresql);
  if (read.kind === "wrong") throw new OutboxError("refused", read.problem);
  const { schema } = storage.provider.postgresql;
  // Loaded on demand, so that a service without such a database starts faster.
  const { openPostgresOutbox } = await import("../outbox/postgresql/outbox.ts");
  return await openPostgresOutbox({ ...options, address: read.address, authorities, schema });
}

function outboxOptions(
  settings: Settings,
  { clock }: OutboxPlatform,
): SqlOutboxOptions {
  return {
    clock,
    domain: settings.matrix.domain,
    ...timesOf(settings),
    gathering: gatheringOf(settings),
    stopHash: (secret) => stopHash(masterSecret(settings, secret)),
  };
}

function timesOf(settings: Settings): Required<Pick<SqlOutboxOptions, "maxAge" | "longestPause">> {
  const { notify } = settings;
  const quiet = quietHoursOf(settings) === undefined ? 0 : MAX_QUIET_MS;
  return {
    maxAge: Math.max(notify.maxAge, notify.catchUp),
    longestPause: Math.max(
      ...[MIN_LONGEST_PAUSE_MS, notify.reminder ?? 0, notify.activeWithin ?? 0],
      MAX_DELAYS * notify.delay + MAX_LOOKUP_WAIT_MS,
      notify.digest.longest + notify.delay,
      quiet,
    ),
  };
}
