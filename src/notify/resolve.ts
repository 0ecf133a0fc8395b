/**
 * Turns an invitation that is due into mails: asks the identity stores, and settles it as the policy
 * decides.
 *
 * @module
 */

import { addressKey, foldDomain } from "../domain/email_address.ts";
import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import type { AskedKnowledge } from "../identity/knowledge.ts";
import { type LookupOptions, StoreError } from "../identity/port.ts";
import type { ClaimedInvitation, InvitationOutcome, Outbox } from "../outbox/port.ts";
import type { InvitationSettled } from "../outbox/settled.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import type { Circuit } from "./circuit.ts";
import { type DisplayNameOptions, findInviterName, findRoom } from "./display_names.ts";
import { whyNotMailed, whyNotTold } from "./known_rules.ts";
import {
  decideAfterFailure,
  decideAfterLookup,
  decideBeforeLookup,
  decideOnRepeat,
  decideWithoutKnowledge,
  type FailureDecision,
  type Policy,
} from "./policy.ts";
import { settleWithRetry } from "./settle_with_retry.ts";

const log = openLog("resolve");

/** What resolving needs. */
export interface ResolveOptions extends DisplayNameOptions {
  /** Where invitations are kept. */
  readonly outbox: Pick<Outbox, "settleInvitation">;
  /** Who is mailed. */
  readonly policy: Policy;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** The stores': learns from each lookup, see `reportLookup`. */
  readonly circuit: Pick<Circuit, "failed" | "longestPause">;
  /** What the homeserver knows about the invited; nothing by default. */
  readonly knowledge?: Pick<AskedKnowledge, "ask"> | undefined;
  /** Makes the Message-ID of a new mail. */
  readonly newMessageId: () => string;
}

/**
 * Looks up an invitation's people and settles it. An aborted signal gives it back untouched.
 *
 * @throws {OutboxError} When it cannot be settled before the signal is aborted.
 */
export async function resolveInvitation(
  invitation: ClaimedInvitation,
  options: ResolveOptions,
  signal: AbortSignal,
): Promise<void> {
  const { outbox, clock } = options;
  log.info("invite due", { invitation: invitation.id, attempt: invitation.attempts + 1 });
  let answers: readonly string[] = [];
  const decided = await decide(invitation, options, signal, (all) => answers = all);
  const outcome = withAnswers(decided, answers);
  await settleWithRetry(
    async () => {
      const settled = await outbox.settleInvitation(invitation, outcome);
      logSettled(invitation, outcome, settled, answers);
    },
    clock,
    signal,
  );
}

// For the invitation's history.
function withAnswers(outcome: InvitationOutcome, answers: readonly string[]): InvitationOutcome {
  const has = outcome.kind === "resolved" || outcome.kind === "skipped";
  return has && answers.length > 0 ? { ...outcome, stores: answers } : outcome;
}

async function decide(
  invitation: ClaimedInvitation,
  options: ResolveOptions,
  signal: AbortSignal,
  onAnswers: LookupOptions["onAnswers"],
): Promise<InvitationOutcome> {
  const { people, policy, clock, random } = options;
  const early = decideBeforeLookup(invitation, policy) ??
    decideOnRepeat(invitation, policy, clock.now());
  if (early) return early;
  const { facts } = invitation;
  const activity = facts.joinedAt !== undefined;
  const known = await options.knowledge?.ask(invitation.invitee, { activity, signal });
  if (signal.aborted) return { kind: "released" };
  // Otherwise all who join by themselves would be told that they did.
  if (known === undefined && activity) {
    const decision = decideWithoutKnowledge(invitation, clock.now(), random());
    logFailure(invitation, undefined, decision);
    return decision;
  }
  const unwanted = known && (whyNotMailed(known, invitation.inviter) ?? whyNotTold(facts, known));
  if (unwanted !== undefined) return { kind: "skipped", reason: unwanted };
  let profile: Profile | undefined;
  try {
    profile = await people.findProfile(invitation.invitee, { signal, onAnswers });
  } catch (error) {
    if (signal.aborted) return { kind: "released" };
    const { circuit } = options;
    if (error instanceof StoreError) {
      circuit.failed(invitation.invitee, { reason: error.message, own: invitation.own });
    }
    const { longestPause } = circuit;
    const decision = decideAfterFailure(invitation, error, clock.now(), random(), longestPause);
    logFailure(invitation, error, decision);
    return decision;
  }
  const decision = decideAfterLookup(invitation, profile, policy);
  if (decision.kind === "skipped") return decision;
  const { addresses, failover, recipient } = decision;
  const inviterName = await findInviterName(invitation, options, signal);
  if (signal.aborted) return { kind: "released" };
  const room = await findRoom(invitation, options);
  return {
    kind: "resolved",
    mails: addresses.map((address) => ({
      address: foldDomain(address),
      addressKey: addressKey(address),
      messageId: options.newMessageId(),
      recipient,
      failover: failover.map((address) => ({
        address: foldDomain(address),
        messageId: options.newMessageId(),
      })),
    })),
    inviterName,
    room,
  };
}

/**
 * Tells the stores' circuit of a lookup that succeeded: because all stores answered, or enough of them.
 * Those that fail are told where it is known whose invitations they are for.
 */
export function reportLookup(
  circuit: Circuit,
  result: "complete" | "incomplete" | "failed",
): void {
  if (result === "complete") circuit.succeeded();
  else if (result === "incomplete") circuit.bypassed();
}

function logFailure(
  { id, attempts }: ClaimedInvitation,
  error: unknown,
  decision: FailureDecision,
): void {
  const { reason } = decision;
  const data = { invitation: id, attempt: attempts + 1, reason };
  if (decision.kind === "failed") {
    log.error("invite failed", data);
    return;
  }
  const { until } = decision;
  if (error === undefined) {
    log.warn("invite deferred", { ...data, until });
  } else if (!(error instanceof StoreError)) {
    log.error("invite deferred", { ...data, until, error });
  } else if (error.kind === "temporary") {
    log.warn("invite deferred", { ...data, until });
  } else {
    log.error("invite deferred, store error", { ...data, until });
  }
}

function logSettled(
  { id, invitee }: ClaimedInvitation,
  outcome: InvitationOutcome,
  settled: InvitationSettled,
  answers: readonly string[],
): void {
  if (settled.kind === "lost") {
    log.info("invite answered meanwhile", { invitation: id });
  } else if (settled.kind === "suppressed") {
    log.info("invite skipped", { invitation: id, reason: "suppressed", scopes: settled.scopes });
  } else if (outcome.kind === "resolved") {
    log.info("mails queued", { invitation: id, mails: settled.mails });
  } else if (outcome.kind === "skipped") {
    const { reason } = outcome;
    log.info("invite skipped", {
      invitation: id,
      reason,
      ...(answers.length > 0 ? { stores: answers.join("; "), advice: lookupCommand(invitee) } : {}),
    });
  }
}

// In quotation marks for a shell: user IDs of some years ago may contain anything.
function lookupCommand(invitee: UserId): string {
  const isPlain = /^[A-Za-z0-9@:._=/+-]+$/.test(invitee);
  const word = isPlain ? invitee : `'${invitee.replaceAll("'", "'\\''")}'`;
  return `see what each store returns: appservice-mxisd lookup ${word}`;
}
