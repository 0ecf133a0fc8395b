/**
 * Links that open a room in the recipient's client.
 *
 * Room IDs and aliases come from strangers: whatever they contain, a link leads to the host and path
 * that the administrator configured.
 *
 * @module
 */

import { foreignPlaceholder } from "../text/foreign_placeholder.ts";
import { quoted } from "../text/printable.ts";
import { isLoopback } from "./loopback.ts";
import { foldAscii, isServerName, serverOf } from "./user_id.ts";

/** A valid template of a link, with the placeholders `{room}`, `{roomOrAlias}` and `{via}`. */
export type LinkTemplate = string & { readonly __brand: "LinkTemplate" };

/** The link that works for every client: https://spec.matrix.org, appendices, "matrix.to". */
export const DEFAULT_LINK: LinkTemplate = "https://matrix.to/#/{room}?{via}" as LinkTemplate;

/** The result of parsing a template. */
export type ParsedLinkTemplate =
  /** It is valid. */
  | { readonly kind: "link"; readonly template: LinkTemplate }
  /** It is not; the reason says what is wrong and what to write instead. */
  | { readonly kind: "wrong"; readonly reason: string };

/** The room that a link leads to. */
export interface RoomLinkTarget {
  /** The room's ID: any text. */
  readonly roomId: string;
  /** The canonical alias, where there is one: any text. */
  readonly alias?: string | undefined;
  /** Servers to join by: see {@linkcode viaServers}. Any text; invalid server names are dropped. */
  readonly via: readonly string[];
}

const PLACEHOLDER = /\{(room|roomOrAlias|via)\}/g;
// Scheme, host and the character that ends the host. A backslash ends one as well for a browser.
const FIXED = /^(https?):\/\/[^/?#\\@{}]+[/?#]/i;

/**
 * Parses a link's template. Scheme and host are before the first placeholder and are fixed: `https`
 * with any host, `http` only with a loopback host.
 */
export function parseLinkTemplate(text: string): ParsedLinkTemplate {
  // Two braces are another program's.
  const rest = text.replaceAll(/(?<!\{)\{(?:room|roomOrAlias|via)\}(?!\})/g, "x");
  const unknown = foreignPlaceholder(rest) ?? /\{[^{}]*\}?|\}/.exec(rest)?.[0];
  if (unknown !== undefined) {
    return wrong(`${quoted(unknown)} is not a placeholder: write {room}, {roomOrAlias} or {via}`);
  }
  // A URL parser drops some of these characters and reads others as a slash.
  if (/[\s\p{C}\\"<>`]/u.test(text)) {
    return wrong(
      'contains white space, a control character or one of \\ " < > `: percent-encode it',
    );
  }
  const fixed = FIXED.exec(text);
  const url = URL.parse(rest);
  if (!fixed || !url) {
    return wrong(`expected https://, a host and a slash before any placeholder: ${DEFAULT_LINK}`);
  }
  if (url.protocol !== "https:" && !isLoopback(url.hostname)) {
    return wrong("http is allowed only for loopback hosts: write https");
  }
  if (!/\{(?:room|roomOrAlias)\}/.test(text)) {
    return wrong(`does not name the room: write {room} or {roomOrAlias}, as in ${DEFAULT_LINK}`);
  }
  return { kind: "link", template: text as LinkTemplate };
}

/** Fills the template. All values are percent-encoded, so that none can change the URL's structure. */
export function roomLink(template: LinkTemplate, target: RoomLinkTarget): string {
  const room = encode("!", target.roomId);
  const alias = /^#[^:]+:./.test(target.alias ?? "") ? encode("#", target.alias ?? "") : room;
  const via = distinctServers(target.via).map((server) => `via=${encode("", server)}`).join("&");
  // Without servers, `?{via}` at the end would leave a question mark.
  const source = via === "" ? template.replace(/[?&]\{via\}(?=#|$)/g, "") : template;
  return source.replaceAll(PLACEHOLDER, (_, name) => {
    return name === "via" ? via : name === "room" ? room : alias;
  });
}

/**
 * The servers to join by, the best first: the room ID's own, which room IDs of version 12 and later
 * do not have, and the sender's. Invalid server names are dropped.
 */
export function viaServers(roomId: string, sender: string): string[] {
  return distinctServers([serverOf(roomId), serverOf(sender)]);
}

function distinctServers(names: readonly string[]): string[] {
  const servers = new Map<string, string>();
  for (const name of names) {
    const key = foldAscii(name);
    if (isServerName(name) && !servers.has(key)) servers.set(key, name);
  }
  return [...servers.values()];
}

/**
 * Percent-encoded, beginning with the sigil of its kind of ID: without a sigil, a path segment of
 * dots would lead to the parent folder, even percent-encoded.
 */
function encode(sigil: string, value: string): string {
  const text = value.startsWith(sigil) ? value : sigil + value;
  return encodeURIComponent(text.toWellFormed())
    .replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function wrong(reason: string): ParsedLinkTemplate {
  return { kind: "wrong", reason };
}
