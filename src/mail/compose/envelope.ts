/**
 * Addresses in SMTP envelopes.
 *
 * @module
 */

import { domainToASCII } from "node:url";
import {
  domainOf,
  type EmailAddress,
  localPartOf,
  parseEmailAddress,
} from "../../domain/email_address.ts";

/**
 * The address with its domain in ASCII (A-labels, RFC 5890), which every mail server understands;
 * `undefined` when the domain has no such form or the value is not an address.
 */
export function envelopeAddress(value: string): EmailAddress | undefined {
  const address = parseEmailAddress(value);
  if (address === undefined || address !== value) return undefined;
  const domain = asciiDomain(domainOf(address));
  return domain === undefined ? undefined : parseEmailAddress(`${localPartOf(address)}@${domain}`);
}

/** The domain in ASCII; `undefined` when it has no such form. */
export function asciiDomain(domain: string): string | undefined {
  if (ASCII.test(domain)) return domain;
  const ascii = domainToASCII(domain);
  // Digits of other scripts can become an IP address.
  return ascii === "" || /(?:^|\.)[0-9.]*$/.test(ascii) ? undefined : ascii;
}

/** Whether the address can be sent only to a server that offers SMTPUTF8 (RFC 6531). */
export function needsUtf8(address: EmailAddress): boolean {
  return !ASCII.test(address);
}

const ASCII = /^[\x21-\x7E]*$/;
