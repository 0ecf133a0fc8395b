/**
 * Matrix user IDs (specification, appendices, "User Identifiers").
 *
 * @module
 */

/** A user ID that is valid by the current or the historical grammar. */
export type UserId = string & { readonly __brand: "UserId" };

const MAX_BYTES = 255; // appendices, "Common Identifier Format"
const LOCALPART = /^[\x21-\x39\x3B-\x7E]+$/; // the historical grammar: printable ASCII without ":"

/**
 * A user ID, or `undefined` for other values. It has a localpart of printable ASCII that is not empty,
 * a server name, and at most 255 bytes in all.
 */
export function parseUserId(value: unknown): UserId | undefined {
  if (typeof value !== "string" || value.length > MAX_BYTES || value[0] !== "@") return undefined;
  const colon = value.indexOf(":");
  if (colon < 0) return undefined;
  const server = value.slice(colon + 1);
  if (!LOCALPART.test(value.slice(1, colon)) || !isServerName(server)) return undefined;
  return value as UserId;
}

// A host name, an IPv4 address or an IPv6 address in brackets, optionally with a port.
const SERVER_NAME = /^(?:[0-9A-Za-z.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Whether the text is a server name (appendices, "Server Name"). */
export function isServerName(text: string): boolean {
  return SERVER_NAME.test(text);
}

/** The part between the `@` and the first colon. */
export function localpartOf(user: UserId): string {
  return user.slice(1, user.indexOf(":"));
}

/**
 * Everything after the first colon, including a port or an IPv6 address; empty when there is no
 * colon. It accepts any text, as senders are not validated.
 */
export function serverOf(user: string): string {
  const colon = user.indexOf(":");
  return colon < 0 ? "" : user.slice(colon + 1);
}

/** Whether the user belongs to the homeserver of this name. Server names ignore ASCII case. */
export function isLocal(user: string, domain: string): boolean {
  return foldAscii(serverOf(user)) === foldAscii(domain);
}

/** Lower case only for the letters A to Z: the Kelvin sign does not become a k. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
