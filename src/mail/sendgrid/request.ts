/**
 * Makes the body of SendGrid's `POST /v3/mail/send`.
 *
 * @module
 */

import { parseEmailAddress } from "../../domain/email_address.ts";
import type { Content, Mailbox, Message } from "../../domain/message.ts";
import { envelopeAddress } from "../compose/envelope.ts";
import { escapeEncodedWords, openFieldEncoder, shownName } from "../compose/header_field.ts";
import {
  encodedFields,
  type NotComposed,
  refused,
  standardFields,
} from "../compose/standard_headers.ts";

/** A request that is ready to be sent. */
export interface SendgridRequest {
  readonly kind: "composed";
  /** JSON. */
  readonly body: string;
}

/** Makes the request for a message. */
export async function sendgridRequest(message: Message): Promise<SendgridRequest | NotComposed> {
  const { content } = message;
  if (content.kind === "mime") return refused("SendGrid does not take .eml templates");
  const from = mailbox(message.from);
  const to = mailbox(message.to);
  if (from === undefined) return refused("the sender's address is invalid");
  if (to === undefined) return refused("the recipient's address is invalid");
  if (content.subject.trim() === "") return refused("the subject is empty");
  const parts = [
    { type: "text/plain", value: content.text.toWellFormed() },
    { type: "text/html", value: content.html.toWellFormed() },
  ].filter(({ value }) => value.trim() !== "");
  if (parts.length === 0) return refused("the email is empty");
  const own = standardFields(message);
  if (own.kind === "refused") return own;
  const fields = own.fields.filter(([name]) => !SET_BY_SENDGRID.has(name.toLowerCase()));
  const encoder = await openFieldEncoder();
  const encoded = encodedFields({ ...own, fields }, encoder);
  if (encoded.kind === "refused") return encoded;
  if (encoder.encode("Subject", content.subject) === undefined) {
    return refused("the subject cannot be written");
  }
  const reply = replyTo(message.headers);
  if (reply !== undefined && "kind" in reply) return reply;

  const body = {
    personalizations: [{ to: [to], custom_args: customArgs(message) }],
    from,
    reply_to: reply,
    subject: escapeEncodedWords(content.subject.toWellFormed()),
    content: parts,
    headers: Object.fromEntries(encoded.fields.map(([name, field]) => [name, unfolded(field)])),
    attachments: attachments(content),
    tracking_settings: NO_TRACKING,
  };
  // Without the keys whose values are undefined.
  return { kind: "composed", body: JSON.stringify(body) };
}

/** The custom argument that SendGrid's events about a mail have, with the mail's token. */
export const TOKEN_ARGUMENT = "appservice_mxisd";

function customArgs({ returnPath }: Message): Record<string, string> | undefined {
  return returnPath && { [TOKEN_ARGUMENT]: returnPath.token };
}

// Whatever the account's settings: no links through SendGrid, no tracking picture, and no link of
// SendGrid's to unsubscribe.
const NO_TRACKING = {
  click_tracking: { enable: false, enable_text: false },
  open_tracking: { enable: false },
  subscription_tracking: { enable: false },
  ganalytics: { enable: false },
};

// From, To and Reply-To have keys of their own and are refused as headers; the service sets the
// date.
const SET_BY_SENDGRID = new Set(["from", "to", "date", "reply-to"]);

interface SendgridMailbox {
  readonly email: string;
  readonly name?: string | undefined;
}

// SendGrid has put recipients' names into the header without quotation marks, so that the part of a
// name before a comma became a recipient: characters that have a meaning there are removed.
function mailbox({ name, address }: Mailbox): SendgridMailbox | undefined {
  const email = envelopeAddress(address);
  if (email === undefined) return undefined;
  const plain = shownName(name.replace(/[,;:"<>()[\]\\@]+/g, " "));
  return { email, name: plain || undefined };
}

function replyTo(headers: Message["headers"]): SendgridMailbox | NotComposed | undefined {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === "reply-to") ??
    [];
  if (value === undefined) return undefined;
  const [, name = "", text = ""] = /^([^<>]*)<([^<>]*)>$/.exec(value.trim()) ?? ["", "", value];
  const address = parseEmailAddress(text);
  return (address && mailbox({ name, address })) ?? refused("the Reply-To is not an address");
}

// SendGrid wants values encoded as in a mail's header, but not folded.
function unfolded(field: string): string {
  return field.slice(field.indexOf(":") + 1).replace(/\r\n(?=[ \t])/g, "").trim();
}

function attachments({ inline }: Content & { readonly kind: "parts" }) {
  if (inline.length === 0) return undefined;
  return inline.map(({ contentId, mediaType, bytes }) => ({
    content: bytes.toBase64(),
    type: mediaType,
    // Required.
    filename: contentId.replace(/@.*$/, ""),
    disposition: "inline",
    content_id: contentId,
  }));
}
