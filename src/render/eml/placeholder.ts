/**
 * The `%PLACEHOLDER%`s of mxisd's mail templates: what each stands for, and how its value is written
 * where it stands. Values are put in once and never looked at again, so that a room called
 * `%SENDER_ID%` is just that.
 *
 * @module
 */

import type { Mailbox } from "../../domain/message.ts";
import { escapeAttribute, escapeHtml } from "../escape.ts";
import { neutralModel } from "../neutral_model.ts";
import type { InvitationModel, MailModel } from "../port.ts";

/** The placeholders whose values strangers choose. */
const FOREIGN = [
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

/** The names that a template may use, without their percent signs. */
export const PLACEHOLDERS = [...FOREIGN, ...OURS] as const;

/**
 * The language of the values. No placeholder has words in it: whatever the template speaks, this says
 * no more than that.
 */
export const LANGUAGE = "en";

/** The name of a placeholder. */
export type Placeholder = typeof PLACEHOLDERS[number];

/** Whether strangers choose the placeholder's value. */
export function isForeign(name: Placeholder): boolean {
  return (FOREIGN as readonly string[]).includes(name);
}

/** What mxisd knew besides the invitation. */
export interface Sender {
  /** The homeserver's name. */
  readonly domain: string;
  /** The mails' From field. */
  readonly from: Mailbox;
  /** Where people without an account go. mxisd told that to everybody. */
  readonly registerUrl: string;
}

/** A value as people read it, and as it is. */
interface Value {
  readonly shown: string;
  readonly raw: string;
}

/** A value for each placeholder. */
export type Values = Readonly<Record<Placeholder, Value>>;

/**
 * The values for a mail. mxisd knew one invitation a mail: of several, the first one is told. Behind
 * the name of somebody from another server stands the server, as no other place of such a template
 * tells it.
 */
export function placeholderValues(model: MailModel, sender: Sender): Values {
  // With isolating characters also in HTML: the template has no markup of ours.
  const neutral = neutralModel(model, "text");
  const shown = foreignValues(neutral);
  const raw = foreignValues(model);
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
  for (const name of FOREIGN) values[name] = { shown: shown[name], raw: raw[name] };
  for (const name of OURS) values[name] = { shown: ours[name], raw: ours[name] };
  values.RECIPIENT_ID = { shown: ours.RECIPIENT_ID, raw: model.recipient.id };
  return values as Values;
}

function foreignValues(model: MailModel): Record<typeof FOREIGN[number], string> {
  const [invitation] = model.invitations;
  if (!invitation) throw new Error("a mail without an invitation");
  const { inviter, room } = invitation;
  const name = inviterName(inviter);
  // Links need the ID also where a mail may not show it.
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

/** Where in a template a placeholder stands. */
export type Place =
  /** In a header or in plain text. */
  | "text"
  /** Between the tags of HTML. */
  | "html"
  /** Inside a tag, or inside a script or style. */
  | "attribute"
  /** In a link, behind its host. */
  | "url"
  /** Where a link's scheme or host stands. */
  | "host";

/** A piece of a template: text as it is, or a placeholder. */
export type Piece =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "placeholder"; readonly name: Placeholder; readonly place: Place };

/** The text of the pieces with the values in their places. */
export function fillPieces(pieces: readonly Piece[], values: Values, html: boolean): string {
  return pieces.map((piece) => {
    return piece.kind === "literal" ? piece.text : fill(piece.name, piece.place, values, html);
  }).join("");
}

function fill(name: Placeholder, place: Place, values: Values, html: boolean): string {
  const { shown, raw } = values[name];
  const foreign = isForeign(name);
  // The administrator decides where links of the organisation lead; strangers do not.
  if (!foreign && (place === "url" || place === "host")) return html ? escapeHtml(raw) : raw;
  switch (place) {
    case "text":
      return shown;
    case "html":
      return escapeHtml(shown);
    case "attribute":
      return escapeAttribute(shown);
    case "url":
      // A path segment of dots climbs, percent-encoded or not.
      return /^\.{0,2}$/.test(raw) ? "" : encodeUrl(raw);
    case "host":
      // Not empty: a link that has lost its host takes the next thing for it.
      return "invalid";
  }
}

function encodeUrl(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
