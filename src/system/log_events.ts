/**
 * Lists all log events, and opens the logs that write them. A log line can be found by its event, and
 * events are what metrics count.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";

/** The events by the part of the service that logs them. */
export const LOG_EVENTS = {
  app: [
    "configuration notice",
    "configuration warning",
    "template warning",
    "cannot start",
    "cannot continue",
    "clock was set",
    "listening",
    "few files can be opened",
    "permissions given up",
    "appsvc.enabled is false: invites are ignored",
    "homeserver reaches this service",
    "homeserver reachability unknown",
    "homeserver cannot reach this service",
    "identity store ready",
    "identity store not ready",
    "mail transport ready",
    "mail transport not ready",
    "old keys pruned",
    "old keys not pruned",
    "stop pages published",
    "stop pages not published",
    "finished invitations pruned",
    "service manager not told",
    // It was asked to by SIGHUP.
    "configuration reloaded",
    "configuration not reloaded",
    "settings wait for a restart",
    "replaced parts not closed",
    "monitoring listening",
    "monitoring ping failed",
    "monitoring ping works again",
    "stopped",
  ],
  registration: [
    "registration written",
    "registration updated",
    "registration not checked yet",
    "registration not updated",
    "registration problem",
    "registration notice",
  ],
  http: [
    // There were too many, or too many files are open: idle ones made room.
    "connections closed",
    "request refused",
    "homeserver uses the previous token",
    "homeserver uses the new token",
    "request failed",
    "request aborted by client",
    "transaction refused",
    // The homeserver sends it again.
    "transaction not stored",
    "mails stopped",
    "stop page failed",
    "suppression undone",
  ],
  accept: [
    "event skipped",
    "event already known",
    "old invites skipped",
    "invite too old",
    // After a downtime it sends what happened meanwhile, and nothing is mailed.
    "homeserver is catching up",
    "homeserver has caught up",
    "waiting for the homeserver",
    // Some of their domains, once an hour.
    "invites of other domains ignored",
    "invite seen",
    "invite merged",
    "invite answered",
    "invitee joined, perhaps by the homeserver",
    "pending invites compared",
    "pending invites not compared",
  ],
  worker: ["work failed", "database unavailable", "outage began", "outage over"],
  outbox: [
    "damaged row set aside",
    "row skipped",
    "invite rate-limited",
    // A PostgreSQL that confirms commits before they are on disk.
    "commits are not synchronous",
    // Before the tables in PostgreSQL are changed.
    "waiting for services of an older program",
    "tables migrated",
    // A PostgreSQL that cannot be reached yet.
    "waiting for the database",
  ],
  resolve: [
    "invite due",
    "invite answered meanwhile",
    "invite skipped",
    "invite deferred",
    "invite deferred, store error",
    "invite failed",
    "inviter lookup failed",
    "room lookup failed",
    "mails queued",
  ],
  identity: [
    "store did not answer",
    "invalid address",
    "invalid address dropped",
    "more invalid addresses dropped",
    "invalid language dropped",
    "invalid time zone dropped",
    "directory host failed",
    // Where and for what it was searched, once.
    "directory has no such user",
    "referral not followed",
    "referral without people",
    "program's standard error",
    "ID not looked up",
    "some IDs are never looked up",
    "web service answers at ma1sd's paths",
    // Once, for all people: see notify.homeserver.
    "homeserver cannot be asked, mails go out without",
    "homeserver can be asked again",
  ],
  deliver: [
    "mail waits for the end of quiet hours",
    "mail waits until its recipient is away",
    "mail no longer needed",
    "mail sent",
    "mail deferred",
    "mail deferred, transport error",
    "mail rejected",
    "mail to the next address queued",
    "mail expired",
    // By another service.
    "mail taken over",
    "mail not confirmed",
    "mail not rendered",
    "mail not sent",
  ],
  bounces: [
    "mail came back",
    "bounce ignored",
    // A file of the Maildir, once.
    "bounce not read",
    "bounces not read",
    // They are taken later.
    "bounces not taken",
  ],
  mail: [
    "certificate not verified, sending anyway",
    "refresh token replaced by the token endpoint",
    "mail dropped, no connector is configured",
    "program's standard error",
  ],
} as const;

/** A part of the service that logs events. */
export type LogPart = keyof typeof LOG_EVENTS;

/** An event of such a part. */
export type LogEvent<Part extends LogPart = LogPart> = typeof LOG_EVENTS[Part][number];

/** Logs events with their identifiers: never with addresses, tokens or content. */
export interface Log<Part extends LogPart> {
  debug(event: LogEvent<Part>, data?: Readonly<Record<string, unknown>>): void;
  info(event: LogEvent<Part>, data?: Readonly<Record<string, unknown>>): void;
  warn(event: LogEvent<Part>, data?: Readonly<Record<string, unknown>>): void;
  error(event: LogEvent<Part>, data?: Readonly<Record<string, unknown>>): void;
}

/** Opens the log of a part; until logging is configured, it drops everything. */
export function openLog<Part extends LogPart>(part: Part): Log<Part> {
  return getLogger(["appservice-mxisd", part]);
}
