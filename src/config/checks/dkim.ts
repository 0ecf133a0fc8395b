/**
 * Checks the settings for DKIM signatures.
 *
 * @module
 */

import { domainOf } from "../../domain/email_address.ts";
import { checkDkimKey } from "../../mail/compose/dkim_key.ts";
import { asciiDomain } from "../../mail/compose/envelope.ts";
import { quoted } from "../../text/printable.ts";
import type { Settings } from "../sections/settings.ts";
import { transportKind } from "../sections/transport_kind.ts";
import type { Report } from "../source/report.ts";

/** Checks the key, and whether receivers accept the signature as the sender's. */
export function checkDkim(
  { notification, threepid }: Partial<Settings>,
  report: Report,
): void {
  if (!notification || !threepid) return;
  const { identity, connectors: { smtp: { dkim } } } = threepid.medium.email;
  if (!dkim) return;
  const path = ["threepid", "medium", "email", "connectors", "smtp", "dkim"];
  if (transportKind({ notification, threepid }) !== "smtp") {
    report.add("notice", path, "only emails that are sent by smtp are signed");
    return;
  }
  const key = checkDkimKey(dkim.key);
  if (key.kind === "usable" && key.advice !== undefined) {
    report.add("warning", [...path, "key"], key.advice);
  }
  const address = identity.from;
  if (address === undefined) return;
  const from = asciiDomain(domainOf(address))?.toLowerCase();
  if (!from || isBelow(from, dkim.domain) || isBelow(dkim.domain, from)) return;
  const message = `the emails come from ${quoted(from)}, for which DMARC ignores a signature of ` +
    `${quoted(dkim.domain)}: write "domain: ${from}"`;
  report.add("warning", [...path, "domain"], message);
}

// Relaxed alignment (RFC 7489, section 3.1.1), as far as possible without a list of public suffixes.
function isBelow(domain: string, upper: string): boolean {
  return domain === upper || domain.endsWith(`.${upper}`);
}
