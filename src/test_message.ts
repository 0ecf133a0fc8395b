/**
 * The mail of the command `send-test`.
 *
 * @module
 */

import type { Settings } from "./config/settings.ts";
import type { EmailAddress } from "./domain/email_address.ts";
import type { Message } from "./domain/message.ts";
import type { UserId } from "./domain/user_id.ts";
import { headerOptions } from "./header_options.ts";
import { type MailHeaderOptions, mailHeaders } from "./notify/mail_headers.ts";
import { mailModel } from "./notify/mail_model.ts";
import type { ClaimedMail } from "./outbox/port.ts";
import { modelOptions, openRenderer, sender } from "./parts.ts";
import { RenderError } from "./render/port.ts";
import { StartError } from "./start_error.ts";

/**
 * A mail about an invitation that nobody made, as the settings have mails look.
 *
 * @throws {StartError} When the template is broken.
 */
export async function testMessage(
  settings: Settings,
  address: EmailAddress,
  now: number,
): Promise<Message> {
  const mail = sampleMail(address, settings.matrix.domain, now);
  // The database may be another process's: a secret of this mail's own.
  const options = headerOptions(settings, crypto.randomUUID());
  return {
    from: sender(settings),
    to: { name: "", address },
    messageId: mail.messageId,
    date: now,
    ...await rendered(settings, mail, options),
  };
}

async function rendered(
  settings: Settings,
  mail: ClaimedMail,
  options: MailHeaderOptions,
): Promise<Pick<Message, "headers" | "content">> {
  try {
    const renderer = openRenderer(settings);
    const model = mailModel(mail, modelOptions(settings, renderer));
    return {
      headers: mailHeaders(mail, model, options),
      content: await renderer.render(model),
    };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    throw new StartError(error.message, { cause: error });
  }
}

function sampleMail(address: EmailAddress, domain: string, now: number): ClaimedMail {
  return {
    id: 0,
    fence: 0,
    userId: `@test:${domain}` as UserId,
    address,
    kind: "invite",
    messageId: `<test-${crypto.randomUUID()}@${domain}>`,
    attempts: 0,
    queuedAt: now,
    recipient: { name: "" },
    invitations: [{
      id: 0,
      roomId: `!test:${domain}`,
      inviter: `@appservice-mxisd:${domain}`,
      inviterName: "appservice-mxisd",
      originTs: now,
      receivedAt: now,
      facts: {
        room: { kind: "room", name: "A test, which leads nowhere", encrypted: true },
        reason: "This mail was sent by the command send-test.",
      },
    }],
  };
}
