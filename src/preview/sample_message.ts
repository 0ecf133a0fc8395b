/**
 * A sample as the message that would be sent.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import type { Message } from "../domain/message.ts";
import { headerOptions } from "../header_options.ts";
import { mailHeaders } from "../notify/mail_headers.ts";
import { mailModel } from "../notify/mail_model.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import { modelOptions, sender } from "../parts.ts";
import type { MailModel, Renderer } from "../render/port.ts";

/** A sample's message, and what its template was given. */
export interface SampleMessage {
  /** What would be sent. */
  readonly message: Message;
  /** What the template was given. */
  readonly model: MailModel;
}

/**
 * The message, written as the settings have mails look.
 *
 * @throws {RenderError} When the template is broken.
 */
export async function sampleMessage(
  mail: ClaimedMail,
  settings: Settings,
  renderer: Renderer,
): Promise<SampleMessage> {
  const model = mailModel(mail, modelOptions(settings, renderer));
  const message = {
    from: sender(settings),
    to: { name: mail.recipient.name, address: mail.address },
    messageId: mail.messageId,
    date: mail.queuedAt,
    // The outbox's secret is not at hand, and nobody answers to a sample.
    headers: mailHeaders(mail, model, headerOptions(settings, crypto.randomUUID())),
    content: await renderer.render(model),
  };
  return { message, model };
}
