/**
 * A sample as the message that would be sent.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import type { Message } from "../domain/message.ts";
import { mailModel } from "../notify/mail_model.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import { modelOptions, sender } from "../parts.ts";
import type { Renderer } from "../render/port.ts";

/**
 * The message, written as the settings have mails look.
 *
 * @throws {RenderError} When the template is broken.
 */
export async function sampleMessage(
  mail: ClaimedMail,
  settings: Settings,
  renderer: Renderer,
): Promise<Message> {
  return {
    from: sender(settings),
    to: { name: mail.recipient.name, address: mail.address },
    messageId: mail.messageId,
    date: mail.queuedAt,
    headers: {},
    content: await renderer.render(mailModel(mail, modelOptions(settings, renderer))),
  };
}
