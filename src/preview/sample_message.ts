/**
 * A sample as the message that would be sent.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import type { Message } from "../domain/message.ts";
import { headerOptions } from "../parts/header_options.ts";
import { mailHeaders } from "../notify/mail_headers.ts";
import { mailModel, type ModelOptions } from "../notify/mail_model.ts";
import { stopHash } from "../notify/stop_hash.ts";
import { stopLink } from "../notify/stop_link.ts";
import { stopTokens } from "../notify/stop_token.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import { modelOptions } from "../parts/rules.ts";
import { sender } from "../parts/transport.ts";
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
  const options = { ...modelOptions(settings, renderer), ...stopping(settings, secret) };
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

function stopping(
  { server: { publicUrl } }: Settings,
  secret: Uint8Array,
): Pick<ModelOptions, "stopLink"> {
  if (publicUrl === undefined) return {};
  const options = { publicUrl, tokens: stopTokens(secret), hash: stopHash(secret) };
  return { stopLink: (mail, language) => stopLink(mail, language, options) };
}
