/**
 * Makes the message that would be sent for a sample.
 *
 * @module
 */

import { sender } from "../app/brand.ts";
import { headerOptions, modelOptions } from "../app/notify_options.ts";
import { openStopLinks } from "../app/stopping.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { Message } from "../domain/message.ts";
import { mailHeaders } from "../notify/mail_headers.ts";
import { mailModel } from "../notify/mail_model.ts";
import { stopHash } from "../notify/stop_hash.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import type { MailModel, Renderer } from "../render/port.ts";

/** A sample's message and the model of its template. */
export interface SampleMessage {
  readonly message: Message;
  readonly model: MailModel;
}

/**
 * Renders the message with the settings. Its link to stop mails is signed with a secret of its own,
 * as the database may belong to another process: it looks like a real one and stops nothing.
 *
 * @throws {RenderError} When the template is broken.
 */
export async function sampleMessage(
  mail: ClaimedMail,
  settings: Settings,
  renderer: Renderer,
): Promise<SampleMessage> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const own = { ...settings, notify: { ...settings.notify, secret: undefined } };
  const links = openStopLinks(own, secret, stopHash(secret));
  const options = { ...modelOptions(settings, renderer), stopLink: links?.link };
  const model = mailModel(mail, options);
  const message = {
    from: sender(settings),
    to: { name: mail.recipient.name, address: mail.address },
    messageId: mail.messageId,
    date: mail.queuedAt,
    headers: mailHeaders(mail, model, headerOptions(own, secret)),
    content: await renderer.render(model),
  };
  return { message, model };
}
