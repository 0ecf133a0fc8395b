/**
 * A sample as the message that would be sent.
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

/** A sample's message, and what its template was given. */
export interface SampleMessage {
  /** What would be sent. */
  readonly message: Message;
  /** What the template was given. */
  readonly model: MailModel;
}

/**
 * The message, written as the settings have mails look. It is signed with a secret of its own, as
 * the database may be another process's: its link to stop mails looks like a real one, and stops
 * nothing.
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
  const model = mailModel(mail, {
    ...modelOptions(settings, renderer),
    ...(links === undefined ? {} : { stopLink: links.link }),
  });
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
