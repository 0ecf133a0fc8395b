/**
 * Makes the emails of an invite that is tried out.
 *
 * @module
 */

import { sender } from "../app/brand.ts";
import type { Settings } from "../config/sections/settings.ts";
import { transportKind } from "../config/sections/transport_kind.ts";
import type { EmailAddress } from "../domain/email_address.ts";
import type { Invitation } from "../domain/invitation.ts";
import type { Message } from "../domain/message.ts";
import { composeMail } from "../mail/compose/compose.ts";
import type { MailTransport } from "../mail/port.ts";
import { formatEndpoint } from "../net/endpoint.ts";
import type { ClaimedMail, Recipient } from "../outbox/port.ts";
import { readMail } from "../preview/previewed_mail.ts";
import { sampleMessage } from "../preview/sample_message.ts";
import { legacyFiles } from "../preview/template_paths.ts";
import { type Renderer, RenderError } from "../render/port.ts";
import type { SimulatedMail, Step } from "./step.ts";

/** Whom an email is about, and who gets it. */
export interface MailFacts {
  readonly invitation: Invitation;
  readonly inviterName?: string | undefined;
  readonly recipient: Recipient;
  readonly own: boolean;
  readonly now: number;
}

/** An email, ready to be sent, or why there is none. */
export type MadeMail =
  | { readonly kind: "made"; readonly mail: SimulatedMail; readonly message: Message }
  | { readonly kind: "failed"; readonly step: Step };

/** Renders and composes an email, as the service does when it is due. */
export async function makeMail(
  address: EmailAddress,
  facts: MailFacts,
  settings: Settings,
  renderer: Renderer,
): Promise<MadeMail> {
  const { redirectTo } = settings.notify;
  try {
    const claimed = claimedMail(address, facts, settings);
    const { message, model } = await sampleMessage(claimed, settings, renderer);
    const composed = await composeMail(message);
    if (composed.kind === "refused") return failed(`${address}: ${composed.reason}`);
    const { subject } = await readMail(composed.bytes);
    const { name } = facts.recipient;
    const to = redirectTo === undefined
      ? { name, address }
      : { name: `trial: ${address}`, address: redirectTo };
    return {
      kind: "made",
      message: { ...message, to },
      mail: {
        address,
        redirectedTo: redirectTo,
        from: sender(settings).address,
        language: model.mail.language,
        template: templateOf(settings),
        subject,
        via: viaOf(settings),
      },
    };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return failed(error.message);
  }
}

/** Sends an email; the step says what came of it. */
export async function sendMail(
  message: Message,
  transport: MailTransport,
  signal: AbortSignal,
): Promise<Step> {
  const receipt = await transport.send(message, { signal });
  if (receipt.kind === "accepted") {
    const text = `${transport.name} has accepted the email: ${receipt.response}`;
    return { step: "send", result: "ok", text };
  }
  const { stage, reason, remedy } = receipt;
  const text =
    `${transport.name} has not accepted the email (${receipt.kind} at ${stage}): ${reason}`;
  return {
    step: "send",
    result: "failed",
    text: remedy === undefined ? text : `${text}\nto fix it: ${remedy}`,
  };
}

function failed(text: string): MadeMail {
  return { kind: "failed", step: { step: "mail", result: "failed", text } };
}

function claimedMail(
  address: EmailAddress,
  { invitation, inviterName, recipient, own, now }: MailFacts,
  { matrix }: Settings,
): ClaimedMail {
  const { roomId, inviter, originTs, facts, invitee } = invitation;
  return {
    ...{ id: 0, fence: 0, attempts: 0, kind: "invite", queuedAt: now },
    ...{ own, address, recipient, userId: invitee },
    messageId: `<simulated-${crypto.randomUUID()}@${matrix.domain}>`,
    invitations: [{ id: 0, roomId, inviter, inviterName, originTs, receivedAt: now, facts }],
  };
}

function templateOf(settings: Settings): string {
  const files = legacyFiles(settings);
  if (files.length > 0) return `in mxisd's format: ${files.join(", ")}`;
  const { templates } = settings.notify;
  return templates === undefined ? "built in" : `built in, and ${templates}`;
}

function viaOf(settings: Settings): string {
  const { smtp, file } = settings.threepid.medium.email.connectors;
  const kind = transportKind(settings);
  switch (kind) {
    case "smtp":
      return `smtp, ${formatEndpoint(smtp)}`;
    case "file":
      return `file, ${file?.folder ?? ""}`;
    case "sendmail":
      return `sendmail, ${settings.notification.handlers.sendmail.command}`;
    default:
      return kind;
  }
}
