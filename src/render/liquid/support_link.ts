/**
 * Makes the link to the support address.
 *
 * @module
 */

import { mailtoUrl, parseEmailAddress } from "../../domain/email_address.ts";

/**
 * The link for a support address: a `mailto:` URL for an email address, an HTTP URL as it is; empty
 * for any other text, such as a telephone number.
 */
export function supportLink(support: string): string {
  const address = parseEmailAddress(support);
  if (address !== undefined) return mailtoUrl(address);
  const url = URL.parse(support);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return "";
  return /\s/.test(support) ? "" : url.href;
}
