/**
 * The `%PLACEHOLDER%`s of mxisd's mail templates: their values, and how these are escaped. Values
 * are inserted once and not scanned again, so that a room called `%SENDER_ID%` is just that.
 *
 * @module
 */

import type { Mailbox } from "../../domain/message.ts";
import { withoutJoiners } from "../../text/plain_text.ts";
import { escapeAttribute, escapeHtml } from "../escape.ts";
import { neutralModel } from "../neutral_model.ts";
import type { InvitationModel, MailModel } from "../port.ts";
import { unclickableText } from "../unclickable.ts";

/** The placeholders whose values strangers choose. */
const UNTRUSTED = [
  "SENDER_ID",
  "SENDER_NAME",
  "SENDER_NAME_OR_ID",
  "ROOM_ID",
  "ROOM_NAME",
  "ROOM_NAME_OR_ID",
] as const;
const OURS = [
  "DOMAIN",
  "DOMAIN_PRETTY",
  "FROM_EMAIL",
  "FROM_NAME",
  "RECIPIENT_ID",
  "RECIPIENT_MEDIUM",
  "RECIPIENT_MEDIUM_URL_ENCODED",
  "RECIPIENT_ADDRESS",
  "RECIPIENT_ADDRESS_URL_ENCODED",
  "INVITE_MEDIUM",
  "INVITE_MEDIUM_URL_ENCODED",
  "INVITE_ADDRESS",
  "INVITE_ADDRESS_URL_ENCODED",
  "REGISTER_URL",
] as const;

/** The names of all placeholders, without their percent signs. */
export const PLACEHOLDERS = [...UNTRUSTED, ...OURS] as const;

/** The language of the values, for the port alone: no value contains words. */
export const LANGUAGE = "en";

/** The name of a placeholder. */
export type Placeholder = typeof PLACEHOLDERS[number];

/** Whether strangers choose the placeholder's value. */
export function isUntrusted(name: Placeholder): boolean {
  return (UNTRUSTED as readonly string[]).includes(name);
}

/** Values that are not the invitation's. */
export interface Sender {
  /** The homeserver's name. */
  readonly domain: string;
  /** The mails' From field. */
  readonly from: Mailbox;
  /** Where people without an account get one; as in mxisd, for all recipients. */
  readonly registerUrl: string;
}

/** A value in its harmless form, and as it is. */
interface Value {
  readonly shown: string;
  readonly raw: string;
}

/** A value for each placeholder. */
export type Values = Readonly<Record<Placeholder, Value>>;

/**
 * The values for a mail. mxisd had one invitation a mail: of several, this takes the first one. The
 * server follows the name of an inviter from another server, as no other placeholder shows it.
 */
export function placeholderValues(model: MailModel, sender: Sender): Values {
  // With isolating characters in HTML as well: these templates do not have our markup.
  const neutral = neutralModel(model, "text");
  const shown = untrustedValues(neutral);
  const raw = untrustedValues(model);
  const address = model.recipient.address;
  const ours: Record<typeof OURS[number], string> = {
    DOMAIN: sender.domain,
    DOMAIN_PRETTY: sender.domain.charAt(0).toUpperCase() + sender.domain.slice(1).toLowerCase(),
    FROM_EMAIL: sender.from.address,
    FROM_NAME: sender.from.name,
    RECIPIENT_ID: neutral.recipient.id,
    RECIPIENT_MEDIUM: "email",
    RECIPIENT_MEDIUM_URL_ENCODED: "email",
    RECIPIENT_ADDRESS: address,
    RECIPIENT_ADDRESS_URL_ENCODED: encodeUrl(address),
    INVITE_MEDIUM: "email",
    INVITE_MEDIUM_URL_ENCODED: "email",
    INVITE_ADDRESS: address,
    INVITE_ADDRESS_URL_ENCODED: encodeUrl(address),
    REGISTER_URL: sender.registerUrl,
  };
  const values: Partial<Record<Placeholder, Value>> = {};
  for (const name of UNTRUSTED) values[name] = { shown: shown[name], raw: raw[name] };
  for (const name of OURS) values[name] = { shown: ours[name], raw: ours[name] };
  values.RECIPIENT_ID = { shown: ours.RECIPIENT_ID, raw: model.recipient.id };
  return values as Values;
}

function untrustedValues(model: MailModel): Record<typeof UNTRUSTED[number], string> {
  const [invitation] = model.invitations;
  if (!invitation) throw new Error("a mail without an invitation");
  const { inviter, room } = invitation;
  const name = inviterName(inviter);
  // Links need the ID even where the mail must not show it.
  const roomId = room.linkId ?? room.id;
  return {
    SENDER_ID: inviter.id,
    SENDER_NAME: name,
    SENDER_NAME_OR_ID: name || inviter.id,
    ROOM_ID: roomId,
    ROOM_NAME: room.name,
    ROOM_NAME_OR_ID: room.label || roomId,
  };
}

function inviterName({ name, server, local }: InvitationModel["inviter"]): string {
  return name === "" || local || server === "" ? name : `${name} (${server})`;
}

/** Puts the values into the pieces of a header: one line, without the joiners of plain text. */
export function fillHeader(pieces: readonly Piece[], values: Values): string {
  return withoutJoiners(fillPieces(pieces, values, false)).replace(/\p{Cc}+/gu, " ");
}

/** The context of a placeholder in a template, which decides how its value is escaped. */
export type Context =
  /** In a header or in plain text. */
  | "text"
  /** Between the tags of HTML. */
  | "html"
  /** Inside a tag, or inside a script or style. */
  | "attribute"
  /** In a link, after its host. */
  | "url"
  /** In a link's scheme or host. */
  | "host";

/** A piece of a template: text as it is, or a placeholder. */
export type Piece =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: Placeholder; readonly context: Context };

/** Puts the values into the pieces. */
export function fillPieces(pieces: readonly Piece[], values: Values, html: boolean): string {
  return pieces.map((piece) => {
    return piece.kind === "literal" ? piece.text : fill(piece.name, piece.context, values, html);
  }).join("");
}

function fill(name: Placeholder, context: Context, values: Values, html: boolean): string {
  const { shown, raw } = values[name];
  const untrusted = isUntrusted(name);
  // The administrator decides where links of the organisation lead; strangers do not.
  if (!untrusted && (context === "url" || context === "host")) return html ? escapeHtml(raw) : raw;
  switch (context) {
    case "text":
      return shown;
    case "html":
      return unclickableText(escapeHtml(shown));
    case "attribute":
      return escapeAttribute(withoutJoiners(shown));
    case "url":
      // A path segment of dots leads upwards, percent-encoded or not.
      return /^\.{0,2}$/.test(raw) ? "" : encodeUrl(raw);
    case "host":
      // Not empty: what follows a link's empty host would become the host.
      return "invalid";
  }
}

function encodeUrl(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
