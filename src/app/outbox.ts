/**
 * Opens the outbox that the settings select.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import type { MailTransport } from "../mail/port.ts";
import { stopHash } from "../notify/stop_hash.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import { openSqliteOutbox, type SqliteOutboxOptions } from "../outbox/sqlite/outbox.ts";
import { DAY, MINUTE } from "../settings/duration.ts";
import { masterSecret } from "./notify_options.ts";
import type { Platform } from "./platform.ts";

// Longer than all the lookups for an invitation together.
const MIN_LEASE_MS = 15 * MINUTE;
// Longer than any pause before another attempt, and than most waiting for a limit.
const MIN_LONGEST_PAUSE_MS = 7 * DAY;
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
  return open({ ...outboxOptions(settings, platform), owner: false });
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
  const { matrix, notify, storage } = settings;
  return {
    // `config` sets it when the file does not.
    file: storage.provider.sqlite.database ?? "appservice-mxisd.db",
    clock,
    domain: matrix.domain,
    maxAge: notify.maxAge,
    longestPause: Math.max(MIN_LONGEST_PAUSE_MS, notify.delay),
    stopHash: (secret) => stopHash(masterSecret(settings, secret)),
  };
}
