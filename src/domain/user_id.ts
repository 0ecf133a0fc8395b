/**
 * Matrix user IDs, as the grammar of the specification has them (appendices, "User Identifiers").
 *
 * @module
 */

/** A user ID that fits the current or the historical grammar. */
export type UserId = string & { readonly __brand: "UserId" };

const LONGEST = 255; // bytes in all, appendices, "Common Identifier Format"
const LOCALPART = /^[\x21-\x39\x3B-\x7E]+$/; // the historical grammar: printable ASCII without ":"

/**
 * A user ID, or `undefined` when the value is none: a localpart of printable ASCII that is not
 * empty, a server name, and no more than 255 bytes in all.
 */
export function parseUserId(value: unknown): UserId | undefined {
  if (typeof value !== "string" || value.length > LONGEST || value[0] !== "@") return undefined;
  const colon = value.indexOf(":");
  if (colon < 0) return undefined;
  const server = value.slice(colon + 1);
  if (!LOCALPART.test(value.slice(1, colon)) || !isServerName(server)) return undefined;
  return value as UserId;
}

// A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
const SERVER_NAME = /^(?:[0-9A-Za-z.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Whether the text is a server name (appendices, "Server Name"). */
export function isServerName(text: string): boolean {
  return SERVER_NAME.test(text);
}

/** What stands between the `@` and the first colon. */
export function localpartOf(user: UserId): string {
  return user.slice(1, user.indexOf(":"));
}

/**
 * Everything after the first colon, so that a port and an IPv6 address belong to it; empty when
 * there is no colon. It takes any text, as senders come unchecked.
 */
export function serverOf(user: string): string {
  const colon = user.indexOf(":");
  return colon < 0 ? "" : user.slice(colon + 1);
}

/** Whether the user belongs to the homeserver of this name. Server names ignore ASCII case. */
export function isLocal(user: string, domain: string): boolean {
  return foldAscii(serverOf(user)) === foldAscii(domain);
}

/** Lower case for the letters A to Z and nothing else: the Kelvin sign is no K. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
