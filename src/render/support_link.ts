/**
 * Where a click on the address for help leads.
 *
 * @module
 */

import { parseEmailAddress } from "../domain/email_address.ts";

/**
 * The link for where to ask for help: `mailto:` for an address (RFC 6068), the URL itself for one of
 * the web; empty for any other text, such as a telephone number.
 */
export function supportLink(support: string): string {
  const address = parseEmailAddress(support);
  if (address !== undefined) {
    const at = address.lastIndexOf("@");
    const parts = [address.slice(0, at), address.slice(at + 1)].map(encodeURIComponent);
    return `mailto:${parts.join("@")}`;
  }
  const url = URL.parse(support);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return "";
  return /\s/.test(support) ? "" : url.href;
}
