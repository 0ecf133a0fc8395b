/**
 * Addresses as they stand in an SMTP envelope.
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
 * The address with its domain in ASCII (RFC 5890's A-labels), which every mail server understands;
 * `undefined` when that is none, or when the value is no address after all.
 */
export function envelopeAddress(value: string): EmailAddress | undefined {
  const address = parseEmailAddress(value);
  if (address === undefined || address !== value) return undefined;
  const domain = asciiDomain(domainOf(address));
  return domain === undefined ? undefined : parseEmailAddress(`${localPartOf(address)}@${domain}`);
}

/** The domain in ASCII, `undefined` when it has no such form. */
export function asciiDomain(domain: string): string | undefined {
  if (ASCII.test(domain)) return domain;
  const ascii = domainToASCII(domain);
  // Digits of other scripts can make an IP address.
  return ascii === "" || /(?:^|\.)[0-9.]*$/.test(ascii) ? undefined : ascii;
}

/** Whether a server must offer SMTPUTF8 (RFC 6531) to be given this address. */
export function needsUtf8(address: EmailAddress): boolean {
  return !ASCII.test(address);
}

const ASCII = /^[\x21-\x7E]*$/;
