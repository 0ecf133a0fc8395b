/**
 * A message as SendGrid's Web API takes it: the body of `POST /v3/mail/send`.
 *
 * @module
 */

import type { Content, Mailbox, Message } from "../domain/message.ts";
import { plainText } from "../domain/plain_text.ts";
import { parseEmailAddress } from "../domain/email_address.ts";
import { envelopeAddress } from "./envelope.ts";
import { type FieldEncoder, literal, openFieldEncoder } from "./header_field.ts";
import { fieldLabel, type NotComposed, ownFields } from "./own_fields.ts";

/** A request that is ready to be sent. */
export interface SendgridRequest {
  /** Tells it from a refusal. */
  readonly kind: "composed";
  /** The body, in JSON. */
  readonly body: string;
}

/** Makes the request for a message. */
export async function sendgridRequest(message: Message): Promise<SendgridRequest | NotComposed> {
  const { content } = message;
  if (content.kind === "mime") return refused("SendGrid takes no .eml template");
  const from = mailbox(message.from);
  const to = mailbox(message.to);
  if (from === undefined) return refused("the sender's address is none");
  if (to === undefined) return refused("the recipient's address is none");
  if (content.subject.trim() === "") return refused("the subject is empty");
  const parts = [
    { type: "text/plain", value: content.text.toWellFormed() },
    { type: "text/html", value: content.html.toWellFormed() },
  ].filter(({ value }) => value.trim() !== "");
  if (parts.length === 0) return refused("the mail is empty");
  const own = ownFields(message);
  if (own.kind === "refused") return own;
  const fields = own.fields.filter(([name]) => !SET_BY_SENDGRID.has(name.toLowerCase()));
  const encoder = await openFieldEncoder();
  const headers = headersOf(fields, encoder);
  if (headers.kind === "refused") return headers;
  if (encoder.encode("Subject", content.subject) === undefined) {
    return refused("the subject cannot be written");
  }
  const reply = replyTo(message.headers);
  if (reply !== undefined && "kind" in reply) return reply;

  const body = {
    personalizations: [{ to: [to] }],
    from,
    ...(reply === undefined ? {} : { reply_to: reply }),
    subject: literal(content.subject.toWellFormed()),
    content: parts,
    headers: headers.headers,
    ...attachments(content),
    tracking_settings: NO_TRACKING,
  };
  return { kind: "composed", body: JSON.stringify(body) };
}

// Whatever the account's settings say: no links that lead elsewhere first, no picture that is
// counted, no link of SendGrid's to unsubscribe by.
const NO_TRACKING = {
  click_tracking: { enable: false, enable_text: false },
  open_tracking: { enable: false },
  subscription_tracking: { enable: false },
  ganalytics: { enable: false },
};

// From, To and Reply-To have places of their own, and are refused as headers; the date is the
// service's.
const SET_BY_SENDGRID = new Set(["from", "to", "date", "reply-to"]);
const LONGEST_NAME = 100;

interface SendgridMailbox {
  readonly email: string;
  readonly name?: string;
}

// SendGrid put recipients' names into the header without quotation marks, so that the part of a
// name before a comma was mailed: whatever has a meaning there goes.
function mailbox({ name, address }: Mailbox): SendgridMailbox | undefined {
  const email = envelopeAddress(address);
  if (email === undefined) return undefined;
  const plain = literal(plainText(name.replace(/[,;:"<>()[\]\\@]+/g, " "), LONGEST_NAME));
  return plain === "" ? { email } : { email, name: plain };
}

function replyTo(headers: Message["headers"]): SendgridMailbox | NotComposed | undefined {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === "reply-to") ??
    [];
  if (value === undefined) return undefined;
  const [, name = "", text = ""] = /^([^<>]*)<([^<>]*)>$/.exec(value.trim()) ?? ["", "", value];
  const address = parseEmailAddress(text);
  return (address && mailbox({ name, address })) ?? refused("the Reply-To is no address");
}

// Encoded as in a mail's header, as SendGrid wants it, but not folded.
function headersOf(
  fields: readonly (readonly [name: string, value: string | Mailbox])[],
  encoder: FieldEncoder,
): { readonly kind: "headers"; readonly headers: Record<string, string> } | NotComposed {
  const headers: Record<string, string> = {};
  for (const [name, value] of fields) {
    const field = encoder.encode(name, value);
    if (field === undefined) {
      return refused(`the header field ${fieldLabel(name)} cannot be written`);
    }
    headers[name] = field.slice(name.length + 1).replace(/\r\n(?=[ \t])/g, "").trim();
  }
  return { kind: "headers", headers };
}

function attachments({ inline }: Content & { readonly kind: "parts" }) {
  if (inline.length === 0) return {};
  return {
    attachments: inline.map(({ contentId, mediaType, bytes }) => ({
      content: bytes.toBase64(),
      type: mediaType,
      // It has to have one.
      filename: contentId.replace(/@.*$/, ""),
      disposition: "inline",
      content_id: contentId,
    })),
  };
}

function refused(reason: string): NotComposed {
  return { kind: "refused", reason };
}
