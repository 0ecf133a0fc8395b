/**
 * Renders and sends a mail that is due. It is rendered this late so that invitations that were
 * answered meanwhile are no longer in it.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { Content, Mailbox, Message, ReturnPath } from "../domain/message.ts";
import type { AskedKnowledge } from "../identity/knowledge.ts";
import type { MailTransport, Receipt } from "../mail/port.ts";
import type { ClaimedMail, MailOutcome, Outbox } from "../outbox/port.ts";
import type { MailModel, Renderer } from "../render/port.ts";
import { SECOND } from "../settings/duration.ts";
import { type QuietHours, quietUntil } from "../settings/quiet_hours.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { type AlikeRefusals, MAX_ALIKE_PAUSE_MS } from "./alike.ts";
import type { Circuit } from "./circuit.ts";
import type { Gate } from "./gate.ts";
import { decideBeforeSending } from "./known_rules.ts";
import { type MailHeaderOptions, mailHeaders } from "./mail_headers.ts";
import { mailModel, type ModelOptions } from "./mail_model.ts";
import { mailOutcome, reportAttempt, reportHandedOver } from "./mail_outcome.ts";
import { settleWithRetry } from "./settle_with_retry.ts";

const log = openLog("deliver");

/** What delivering needs. */
export interface DeliverOptions {
  /** Where mails are kept. */
  readonly outbox: Pick<Outbox, "isHeld" | "settleMail">;
  readonly transport: Pick<MailTransport, "send">;
  readonly renderer: Pick<Renderer, "render">;
  /** The From address. */
  readonly from: Mailbox;
  /** Makes how bounces refer to a mail; absent if nothing reads them. */
  readonly returnPath?: ((mail: ClaimedMail, trial: boolean) => ReturnPath) | undefined;
  /** In a trial: where all mails go instead. */
  readonly redirectTo?: EmailAddress | undefined;
  /** What the templates see. */
  readonly model: ModelOptions;
  readonly headers: MailHeaderOptions;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Lets mails through that never got their final reply, one at a time. */
  readonly hungMails: Gate;
  /** The transport's: learns from each attempt. */
  readonly circuit: Circuit;
  /** Learns from each attempt whether everybody is refused alike. */
  readonly refusals: AlikeRefusals;
  /** After how many milliseconds another mail follows if nobody answers; never by default. */
  readonly reminder?: number | undefined;
  /** Makes the Message-ID of that mail. */
  readonly newMessageId: () => string;
  /** What the homeserver knows about recipients; nothing by default. */
  readonly knowledge?: Pick<AskedKnowledge, "ask"> | undefined;
  /** Within how many milliseconds people who used a client get no mail; such mails go out by default. */
  readonly activeWithin?: number | undefined;
  /** When no mails are sent; never by default. */
  readonly quietHours?: QuietHours | undefined;
}

// Until a mail that hung before may find the gate open, on average. It varies by half: those that are
// claimed together would meet at the gate again and again, and only one of them passes.
const GATE_PAUSE_MS = 30 * SECOND;

/**
 * Renders and sends a mail and settles it. A signal that is aborted before it is sent gives it back.
 *
 * @param giveUpPlace Lets others be delivered while this mail waits for the final reply; see
 * `WorkerOptions.handle`.
 * @throws {OutboxError} When it cannot be settled before the signal is aborted.
 */
export async function deliverMail(
  mail: ClaimedMail,
  options: DeliverOptions,
  signal: AbortSignal,
  giveUpPlace: () => boolean = () => false,
): Promise<void> {
  const outcome = await attempt(mail, options, signal, giveUpPlace);
  await settleWithRetry(
    async () => {
      const settled = await options.outbox.settleMail(mail, outcome);
      if (settled.kind === "rejected") {
        log.warn("mail rejected", { mail: mail.id, fault: "recipient", reason: settled.reason });
      }
      if (settled.kind !== "lost" && settled.next !== undefined) {
        log.info("mail to the next address queued", { mail: settled.next, after: mail.id });
      }
    },
    options.clock,
    signal,
  );
}

const NO_GATE: Disposable = { [Symbol.dispose]() {} };
const QUIET_HOURS = "quiet hours";
const IN_USE = "the recipient uses a client";
const AFTER_OTHERS = "waits for other mails without a final reply";

async function attempt(
  mail: ClaimedMail,
  options: DeliverOptions,
  signal: AbortSignal,
  giveUpPlace: () => boolean,
): Promise<MailOutcome> {
  const { clock, circuit, quietHours } = options;
  const until = quietHours && quietUntil(quietHours, clock.now(), [mail.recipient.timeZone]);
  if (until !== undefined) {
    log.info("mail waits for the end of quiet hours", { mail: mail.id, until });
    return { kind: "postponed", reason: QUIET_HOURS, until, decided: true };
  }
  const spared = await decideByKnowledge(mail, options, signal);
  if (spared !== undefined) return spared;
  using passage = mail.hung ? options.hungMails.enter() : NO_GATE;
  if (passage === undefined) {
    const pause = GATE_PAUSE_MS * (0.5 + options.random());
    return { kind: "postponed", reason: AFTER_OTHERS, until: clock.now() + Math.round(pause) };
  }
  let handedOver = false;
  const sent = await send(mail, options, signal, () => {
    handedOver = true;
    reportHandedOver(circuit);
    return giveUpPlace();
  });
  if (sent === undefined) return { kind: "released" };
  const { receipt } = sent;
  const alike = options.refusals.report(mail, receipt);
  const tried = { receipt, handedOver, alike };
  reportAttempt(circuit, mail.id, tried);
  const { longestPause, outage } = circuit;
  const now = clock.now();
  const turn = outage === undefined ? 0 : outage.probeAt - now;
  const shortestPause = Math.min(alike * turn, MAX_ALIKE_PAUSE_MS);
  const ended = { ...tried, now, random: options.random(), longestPause, shortestPause };
  const outcome = mailOutcome(mail, ended);
  logAttempt(sent, outcome, mail);
  if (outcome.kind === "expired") {
    const { reason } = outcome;
    log.error("mail expired", { mail: mail.id, attempts: mail.attempts + 1, reason });
  }
  return outcome.kind === "sent" ? withReminder(mail, outcome, options) : outcome;
}

// Asked at the last moment: what the recipient does after the lookup counts as well.
async function decideByKnowledge(
  { id, userId, invitations }: ClaimedMail,
  { knowledge, activeWithin, clock }: DeliverOptions,
  signal: AbortSignal,
): Promise<MailOutcome | undefined> {
  if (knowledge === undefined) return undefined;
  const activity = activeWithin !== undefined ||
    invitations.some(({ facts }) => facts.joinedAt !== undefined);
  const known = await knowledge.ask(userId, { activity, signal });
  if (signal.aborted) return { kind: "released" };
  if (known === undefined) return undefined;
  const decision = decideBeforeSending(invitations, known, clock.now(), activeWithin);
  switch (decision.kind) {
    case "send":
      return undefined;
    case "wait": {
      const { until } = decision;
      log.info("mail waits until its recipient is away", { mail: id, until });
      return { kind: "postponed", reason: IN_USE, until, decided: true };
    }
    case "spared": {
      const spared = decision.invitations.map((invitation) => invitation.id);
      const reason = decision.invitations[0]?.reason;
      log.info("mail no longer needed", { mail: id, invitations: spared, reason });
      return decision;
    }
  }
}

function withReminder(
  { kind }: ClaimedMail,
  outcome: MailOutcome & { readonly kind: "sent" },
  { reminder, newMessageId, clock }: DeliverOptions,
): MailOutcome {
  if (reminder === undefined || kind === "reminder") return outcome;
  const dueAt = clock.now() + reminder;
  return { ...outcome, reminder: { messageId: newMessageId(), dueAt } };
}

interface Sent {
  readonly receipt: Receipt;
  /** A failure of this program, which the log tells with its error. */
  readonly defect?: {
    readonly event: "mail not rendered" | "mail not sent";
    readonly error: unknown;
  };
}

// Renders and sends; `undefined` when the signal was aborted before the mail was accepted, or the mail
// was not sent because it may be another service's by now.
async function send(
  mail: ClaimedMail,
  options: DeliverOptions,
  signal: AbortSignal,
  onHandedOver: () => boolean,
): Promise<Sent | undefined> {
  let model: MailModel;
  let content: Content;
  try {
    model = mailModel(mail, options.model);
    content = await options.renderer.render(model);
  } catch (error) {
    const defect = { event: "mail not rendered", error } as const;
    return { receipt: ourFault("the template cannot be rendered"), defect };
  }
  if (!await isStillHeld(mail, options)) return undefined;
  try {
    const message = messageFor(mail, model, content, options);
    const receipt = await options.transport.send(message, { signal, onHandedOver });
    return receipt.kind !== "accepted" && signal.aborted ? undefined : { receipt };
  } catch (error) {
    // A defect of the program. Left to its lease, the mail would be retried for ever.
    const defect = { event: "mail not sent", error } as const;
    return { receipt: ourFault("the transport failed"), defect };
  }
}

// Another service may have taken the mail over while this one was paused.
async function isStillHeld(mail: ClaimedMail, { outbox }: DeliverOptions): Promise<boolean> {
  try {
    if (await outbox.isHeld("mails", mail)) return true;
    log.warn("mail taken over", { mail: mail.id });
  } catch (error) {
    log.warn("mail not confirmed", { mail: mail.id, error });
  }
  return false;
}

function ourFault(reason: string): Receipt {
  return { kind: "deferred", fault: "ours", stage: "compose", reason };
}

function messageFor(
  mail: ClaimedMail,
  model: MailModel,
  content: Content,
  options: DeliverOptions,
): Message {
  const { from, redirectTo, clock } = options;
  const to = redirectTo === undefined
    ? { name: mail.recipient.name, address: mail.address }
    : { name: `trial: ${mail.address}`, address: redirectTo };
  const headers = mailHeaders(mail, model, options.headers);
  const returnPath = options.returnPath?.(mail, redirectTo !== undefined);
  return {
    from,
    ...returnPath === undefined ? {} : { returnPath },
    to,
    messageId: mail.messageId,
    date: clock.now(),
    headers,
    content,
  };
}

function logAttempt({ receipt, defect }: Sent, outcome: MailOutcome, mail: ClaimedMail): void {
  const identifiers = {
    mail: mail.id,
    invitations: mail.invitations.map(({ id }) => id),
    attempt: mail.attempts + 1,
  };
  if (receipt.kind === "accepted") {
    const { messageId } = mail;
    log.info("mail sent", { ...identifiers, messageId, response: receipt.response });
    return;
  }
  const nextAttempt = outcome.kind === "deferred"
    ? new Date(outcome.until).toISOString()
    : undefined;
  if (defect !== undefined) {
    log.error(defect.event, { ...identifiers, error: defect.error, nextAttempt });
    return;
  }
  const { stage, reason, replyCode, enhancedCode, meaning, remedy } = receipt;
  const fault = receipt.kind === "rejected" ? "recipient" : receipt.fault;
  const codes = { fault, meaning, stage, replyCode, enhancedCode };
  const data = { ...identifiers, ...codes, reason, remedy, nextAttempt };
  if (fault === "recipient") log.warn("mail rejected", data);
  else if (fault === "ours") log.error("mail deferred, transport error", data);
  else log.warn("mail deferred", data);
}
