/**
 * Works on what is due with the parts that settings are made into.
 *
 * @module
 */

import type { Homeserver } from "../../matrix/port.ts";
import type { SweepOptions } from "../../notify/accept/sweep.ts";
import type { Circuit } from "../../notify/circuit.ts";
import { deliverMail, type DeliverOptions } from "../../notify/deliver.ts";
import { resolveInvitation, type ResolveOptions } from "../../notify/resolve.ts";
import type { MailClaims } from "../../notify/send_rate.ts";
import { type Halt, runWorker } from "../../notify/worker.ts";
import type { Outbox } from "../../outbox/port.ts";
import { HOUR, type Limit } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { pingHomeserver } from "../homeserver.ts";
import type { Shutdown } from "../shutdown.ts";
import { sweepRepeatedly } from "../sweep.ts";

const log = openLog("app");

const RESOLVE_CONCURRENCY = 10;
// Enough for every connection to the mail server. Resolving more would keep the mails of those waiting that
// are resolved, and many invitations are answered meanwhile.
const MAX_DUE_MAILS = 200;
// While the mail server cannot be used, the processor has nothing else to do.
const MAX_DUE_MAILS_IN_OUTAGE = 1000;
// How many mails may wait for the mail server's final reply beside those that are being sent.
const MAX_FINAL_REPLIES = 50;

/** What runs. */
export interface WorkParts {
  readonly outbox: Outbox;
  /** Whether the homeserver is catching up: then nothing is worked on. */
  readonly catchUp: Halt;
  readonly homeserver: Pick<Homeserver, "ping">;
  /** What invitations are resolved with. */
  readonly lookups: ResolveOptions & { readonly circuit: Circuit };
  /** What mails are delivered with. */
  readonly deliveries: DeliverOptions;
  /** Where mails are claimed: the outbox, as fast as the transport may be given them. */
  readonly claims: MailClaims;
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
  };
  /** How long finished invitations are kept, in milliseconds. */
  readonly retention: number;
  /** What the homeserver's pending invites are compared with; `undefined`: they are not. */
  readonly sweep?: SweepOptions | undefined;
  /** Checks whether the stores and the mail transport can be used, and logs it. Never rejects. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Works until the signal is aborted, and resolves when what is in flight has been settled. When one
 * part fails, the others are stopped as well: half a service would look like a whole one.
 *
 * @param forceStop Aborted when what is still in flight has to be given back.
 * @throws {OutboxError} `lost` when the database's files were replaced, renamed or deleted.
 */
export async function runParts(
  parts: WorkParts,
  signal: AbortSignal,
  forceStop: Shutdown["forceStop"],
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const running = [
    parts.check(stop),
    pingHomeserver(parts.homeserver, stop),
    resolveInvitations(parts, stop, forceStop),
    deliverMails(parts, stop, forceStop),
    pruneRepeatedly(parts, stop),
    ...parts.sweep ? [sweepRepeatedly(parts.sweep, stop)] : [],
  ];
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

function resolveInvitations(
  { outbox, catchUp, lookups, deliveries, limits, clock }: WorkParts,
  signal: AbortSignal,
  forceStop: AbortSignal,
): Promise<void> {
  const { perInviter, perServer, perRoom, ownShare } = limits;
  const options = { perInviter, perServer, perRoom, ownShare };
  const maxDueMails = () => deliveries.circuit.isOpen ? MAX_DUE_MAILS_IN_OUTAGE : MAX_DUE_MAILS;
  return runWorker({
    work: "invitations",
    outbox,
    clock,
    concurrency: RESOLVE_CONCURRENCY,
    halt: catchUp,
    circuit: lookups.circuit,
    resume: (before) => outbox.resume("invitations", before),
    storeOutage: (outage) => outbox.setOutage("invitations", outage),
    claim: (count, strangers) =>
      outbox.claimInvitations(count, { ...options, strangers, maxDueMails: maxDueMails() }),
    hold: (invitation) => outbox.hold("invitations", invitation),
    handle: (invitation) => resolveInvitation(invitation, lookups, forceStop),
  }, signal);
}

function deliverMails(
  { outbox, catchUp, deliveries, claims, concurrency, limits, clock }: WorkParts,
  signal: AbortSignal,
  forceStop: AbortSignal,
): Promise<void> {
  const { perAddress, overall, ownShare } = limits;
  return runWorker({
    work: "mails",
    outbox: claims,
    clock,
    concurrency,
    maxWaiting: MAX_FINAL_REPLIES,
    halt: catchUp,
    circuit: deliveries.circuit,
    resume: (before) => outbox.resume("mails", before),
    storeOutage: (outage) => outbox.setOutage("mails", outage),
    claim: (count, strangers) =>
      claims.claimMails({ count, strangers, perAddress, overall, ownShare }),
    hold: (mail) => outbox.hold("mails", mail),
    handle: (mail, giveUpPlace) => deliverMail(mail, deliveries, forceStop, giveUpPlace),
  }, signal);
}

async function pruneRepeatedly(
  { outbox, retention, clock }: WorkParts,
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
