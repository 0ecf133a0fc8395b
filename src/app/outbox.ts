/**
 * Opens the outbox that the settings select.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import type { MailTransport } from "../mail/port.ts";
import { MAX_ALIKE_PAUSE_MS } from "../notify/alike.ts";
import { USUAL_LONGEST_PAUSE_MS } from "../notify/retry.ts";
import { stopHash } from "../notify/stop_hash.ts";
import { MAX_DELAYS, MAX_LOOKUP_WAIT_MS } from "../outbox/gather.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import { openSqliteOutbox, type SqliteOutboxOptions } from "../outbox/sqlite/outbox.ts";
import { MINUTE } from "../settings/duration.ts";
import { MAX_QUIET_MS } from "../settings/quiet_hours.ts";
import { gatheringOf, masterSecret, quietHoursOf } from "./notify_options.ts";
import type { Platform } from "./platform.ts";

// Longer than all the lookups for an invitation together.
const MIN_LEASE_MS = 15 * MINUTE;
// Longer than any pause before another attempt.
const MIN_LONGEST_PAUSE_MS = 2 * Math.max(USUAL_LONGEST_PAUSE_MS, MAX_ALIKE_PAUSE_MS);
// What rendering a mail may take, before it is sent.
const RENDER_MS = MINUTE;

/**
 * Opens the outbox as its owner, the service.
 *
 * @param transport What sends the mails: each is leased for longer than a send may take.
 * @throws {OutboxError} `refused` when the file has another owner, is not an outbox or is newer.
 */
export function openOutbox(
  settings: Settings,
  platform: Pick<Platform, "clock">,
  { longestSend }: Pick<MailTransport, "longestSend">,
): Outbox {
  const lease = Math.max(MIN_LEASE_MS, longestSend + RENDER_MS);
  return open({ ...outboxOptions(settings, platform), lease, readsLater: false });
}

/**
 * Opens the outbox beside a running service, which keeps its leases.
 *
 * @throws {OutboxError} `refused` when the file is not an outbox or is newer.
 */
export function openOutboxBeside(settings: Settings, platform: Pick<Platform, "clock">): Outbox {
  const options = { ...outboxOptions(settings, platform), owner: false };
  try {
    return open(options);
  } catch (error) {
    if (!(error instanceof OutboxError) || exists(options.file)) throw error;
    throw new OutboxError(error.kind, `${error.message}; ${ELSEWHERE}`, { cause: error });
  }
}

/** Where the service's database may be when it is not where a command looks for it. */
export const ELSEWHERE: string =
  "if the service runs with another STATE_DIRECTORY (StateDirectory= of systemd), run this command " +
  "with the same, such as STATE_DIRECTORY=/var/lib/appservice-mxisd, or name the file in " +
  "storage.provider.sqlite.database";

/** The database's file; `config` sets it when the configuration does not. */
export function outboxFile({ storage }: Pick<Settings, "storage">): string {
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

function open(options: SqliteOutboxOptions): Outbox {
  try {
    return openSqliteOutbox(options);
  } catch (error) {
    if (!(error instanceof OutboxError)) throw error;
    const message = `storage.provider.sqlite.database: ${error.message}`;
    throw new OutboxError(error.kind, message, { cause: error });
  }
}

function outboxOptions(
  settings: Settings,
  { clock }: Pick<Platform, "clock">,
): SqliteOutboxOptions {
  const { matrix, notify } = settings;
  const quiet = quietHoursOf(settings) === undefined ? 0 : MAX_QUIET_MS;
  return {
    file: outboxFile(settings),
    clock,
    domain: matrix.domain,
    maxAge: Math.max(notify.maxAge, notify.catchUp),
    longestPause: Math.max(
      ...[MIN_LONGEST_PAUSE_MS, notify.reminder ?? 0, notify.activeWithin ?? 0],
      MAX_DELAYS * notify.delay + MAX_LOOKUP_WAIT_MS,
      notify.digest.longest + notify.delay,
      quiet,
    ),
    gathering: gatheringOf(settings),
    stopHash: (secret) => stopHash(masterSecret(settings, secret)),
  };
}
