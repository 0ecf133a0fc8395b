/**
 * Runs what is due in the service until it is asked to stop.
 *
 * @module
 */

import type { Homeserver } from "../matrix/port.ts";
import type { SweepOptions } from "../notify/accept/sweep.ts";
import type { Circuit } from "../notify/circuit.ts";
import { deliverMail, type DeliverOptions } from "../notify/deliver.ts";
import { resolveInvitation, type ResolveOptions } from "../notify/resolve.ts";
import { limitClaims } from "../notify/send_rate.ts";
import { type Halt, runWorker } from "../notify/worker.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import { HOUR, type Limit, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { pingHomeserver } from "./homeserver.ts";
import type { Shutdown } from "./shutdown.ts";
import { sweepRepeatedly } from "./sweep.ts";

const log = openLog("app");

// A time server corrects less than that in a second.
const MAX_DRIFT_MS = 10 * SECOND;
const RESOLVE_CONCURRENCY = 10;
// How many mails may wait for the mail server's final reply beside those that are being sent.
const MAX_FINAL_REPLIES = 50;

/** What runs. */
export interface AppParts {
  readonly outbox: Outbox;
  /** Whether the homeserver is catching up: then nothing is worked on. */
  readonly catchUp: Halt;
  readonly homeserver: Pick<Homeserver, "ping">;
  /** What invitations are resolved with. */
  readonly lookups: ResolveOptions & { readonly circuit: Circuit };
  /** What mails are delivered with. */
  readonly deliveries: DeliverOptions;
  /** How many mails are delivered at once. */
  readonly concurrency: number;
  /** The limits; `null`: any number. */
  readonly limits: {
    readonly perAddress: Limit | null;
    readonly perInviter: Limit | null;
    readonly perServer: Limit | null;
    readonly perRoom: Limit | null;
    readonly overall: Limit | null;
    /** The part that is kept for the homeserver's own inviters where others count too, from 0 to 1. */
    readonly ownShare: number;
    /** How many mails the transport is given. */
    readonly sendRate: Limit | null;
  };
  /** How long finished invitations are kept, in milliseconds. */
  readonly retention: number;
  /** What the homeserver's pending invites are compared with; `undefined`: they are not. */
  readonly sweep?: SweepOptions | undefined;
  readonly shutdown: Shutdown;
  /** Takes emails that came back until the signal is aborted. */
  readonly watchBounces: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Works until the signal is aborted, then shuts down. When one part fails, the others are stopped as
 * well: half a service would look like a whole one.
 *
 * @throws {OutboxError} `lost` when the database's files were replaced, renamed or deleted.
 */
export async function runApp(parts: AppParts, signal: AbortSignal): Promise<void> {
  const { outbox, homeserver, sweep, shutdown, clock } = parts;
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  using grace = new DisposableStack();
  const begin = () => void grace.use(shutdown.begin());
  // The signal may have been aborted while the service started.
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin, { once: true });
  const running = [
    shutdown.finished(),
    pingHomeserver(homeserver, stop),
    resolveInvitations(parts, stop),
    deliverMails(parts, stop),
    pruneRepeatedly(parts, stop),
    parts.watchBounces(stop),
    checkOutbox(outbox, clock, stop),
    ...sweep ? [sweepRepeatedly(sweep, stop)] : [],
  ];
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

function resolveInvitations(parts: AppParts, signal: AbortSignal): Promise<void> {
  const { outbox, lookups, limits, shutdown, clock } = parts;
  const { perInviter, perServer, perRoom, ownShare } = limits;
  return runWorker({
    work: "invitations",
    outbox,
    clock,
    concurrency: RESOLVE_CONCURRENCY,
    halt: parts.catchUp,
    circuit: lookups.circuit,
    resume: (before) => outbox.resume("invitations", before),
    storeOutage: (outage) => outbox.setOutage("invitations", outage),
    claim: (count, strangers) =>
      outbox.claimInvitations(count, { strangers, perInviter, perServer, perRoom, ownShare }),
    hold: (invitation) => outbox.hold("invitations", invitation),
    handle: (invitation) => resolveInvitation(invitation, lookups, shutdown.forceStop),
  }, signal);
}

function deliverMails(parts: AppParts, signal: AbortSignal): Promise<void> {
  const { outbox, deliveries, concurrency, limits, shutdown, clock } = parts;
  const { perAddress, overall, ownShare, sendRate } = limits;
  const claims = limitClaims(outbox, sendRate, clock);
  return runWorker({
    work: "mails",
    outbox: claims,
    clock,
    concurrency,
    maxWaiting: MAX_FINAL_REPLIES,
    halt: parts.catchUp,
    circuit: deliveries.circuit,
    resume: (before) => outbox.resume("mails", before),
    storeOutage: (outage) => outbox.setOutage("mails", outage),
    claim: (count, strangers) =>
      claims.claimMails({ count, strangers, perAddress, overall, ownShare }),
    hold: (mail) => outbox.hold("mails", mail),
    handle: (mail, giveUpPlace) => deliverMail(mail, deliveries, shutdown.forceStop, giveUpPlace),
  }, signal);
}

// At rest as well: the next invite would be refused, and the administrator hear of it late.
async function checkOutbox(outbox: Outbox, clock: Clock, signal: AbortSignal): Promise<void> {
  let ahead = clock.now() - clock.monotonic();
  while (!signal.aborted) {
    try {
      await outbox.check();
    } catch (error) {
      // It is checked again, and the workers log it.
      if (!(error instanceof OutboxError) || error.kind !== "unavailable") throw error;
    }
    await clock.sleep(SECOND, signal);
    const jump = clock.now() - clock.monotonic() - ahead;
    if (Math.abs(jump) > MAX_DRIFT_MS) {
      log.warn("clock was set", { seconds: Math.round(jump / SECOND) });
    }
    ahead += jump;
  }
}

async function pruneRepeatedly(
  { outbox, retention, clock }: AppParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const keys = await outbox.prune();
      if (keys > 0) log.debug("old keys pruned", { keys });
      const invitations = await outbox.pruneFinished(clock.now() - retention);
      if (invitations > 0) log.debug("finished invitations pruned", { invitations });
    } catch (error) {
      log.warn("old keys not pruned", { error });
    }
    await clock.sleep(Math.min(HOUR, retention), signal);
  }
}
