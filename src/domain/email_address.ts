/**
 * Email addresses that are valid in an SMTP envelope (RFC 5321, RFC 6531).
 *
 * @module
 */

/** An address that is safe in an envelope and in a header: no white space, controls or brackets. */
export type EmailAddress = string & { readonly __brand: "EmailAddress" };

// dot-atom of RFC 5322, with the non-ASCII letters that RFC 6531 adds. Quoted local parts are refused:
// nobody has one, and they can smuggle in a second recipient.
const LOCAL =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const LABEL = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;
const octets = (text: string) => new TextEncoder().encode(text).length;

/**
 * An address without surrounding white space, or `undefined` for other values. RFC 5321, section
 * 4.5.3.1, sets the lengths: 64 octets before the @, 255 after it, 254 in all.
 */
export function parseEmailAddress(value: unknown): EmailAddress | undefined {
  if (typeof value !== "string") return undefined;
  const address = value.trim();
  const at = address.lastIndexOf("@");
  if (at < 1 || octets(address) > 254) return undefined;
  const local = address.slice(0, at);
  const domain = address.slice(at + 1);
  if (octets(local) > 64 || !LOCAL.test(local)) return undefined;
  const labels = domain.split(".");
  if (domain.length === 0 || !labels.every((label) => label.length <= 63 && LABEL.test(label))) {
    return undefined;
  }
  return address as EmailAddress;
}

/**
 * A key that is equal for spellings that usually reach the same mailbox: Unicode's NFC, lower case,
 * without `+tag`. For counting and comparing, never for sending.
 */
export function addressKey(address: EmailAddress): string {
  const local = localPartOf(address);
  const mailbox = local.replace(/\+.*$/s, "") || local;
  return `${mailbox}@${domainOf(address)}`.normalize("NFC").toLowerCase();
}

/**
 * Each address once, in its first spelling. Case is ignored: a mail server may distinguish it before
 * the @ (RFC 5321, section 2.4), but no organisation has two people who differ in nothing else.
 */
export function uniqueAddresses(addresses: Iterable<EmailAddress>): EmailAddress[] {
  const unique = new Map<string, EmailAddress>();
  for (const address of addresses) {
    const key = address.normalize("NFC").toLowerCase();
    if (!unique.has(key)) unique.set(key, address);
  }
  return [...unique.values()];
}

/**
 * The address with its domain in lower case: stores spell an address differently, and only the part
 * before the @ may be case-sensitive (RFC 5321, section 2.4).
 */
export function foldDomain(address: EmailAddress): EmailAddress {
  return `${localPartOf(address)}@${domainOf(address).toLowerCase()}` as EmailAddress;
}

/**
 * The `mailto:` URL of the address (RFC 6068, section 2). Characters that could end the path, or
 * brackets around it, are encoded.
 */
export function mailtoUrl(address: EmailAddress): string {
  const parts = [localPartOf(address), domainOf(address)];
  return `mailto:${parts.map(encodeURIComponent).join("@")}`;
}

/** The part before the @. */
export function localPartOf(address: EmailAddress): string {
  return address.slice(0, address.lastIndexOf("@"));
}

/** The part after the @. */
export function domainOf(address: EmailAddress): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
