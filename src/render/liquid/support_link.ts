/**
 * Where a click on the address for help leads.
 *
 * @module
 */

import { mailtoUrl, parseEmailAddress } from "../../domain/email_address.ts";

/**
 * The link for where to ask for help: `mailto:` for an address, the URL itself for one of
 * the web; empty for any other text, such as a telephone number.
 */
export function supportLink(support: string): string {
  const address = parseEmailAddress(support);
  if (address !== undefined) return mailtoUrl(address);
  const url = URL.parse(support);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return "";
  return /\s/.test(support) ? "" : url.href;
}
