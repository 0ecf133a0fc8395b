/**
 * Checks that the sender's domain exists and accepts replies.
 *
 * @module
 */

import { type Check, error, ok, warning } from "../finding.ts";
import { recordsOf, type Resolver } from "./port.ts";

/**
 * Checks the domain of the From address. Receivers refuse emails from a domain that does not exist.
 *
 * @throws {ResolverError} If the DNS cannot tell.
 */
export async function checkSenderDomain(
  domain: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Check> {
  const name = "sender's domain";
  const exchanges = await recordsOf(resolver, domain, "MX", signal);
  // RFC 7505.
  if (exchanges.some((exchange) => exchange.endsWith(" ."))) {
    return warning(
      name,
      `${domain} says that it accepts no email (MX 0 .)`,
      "Send from a domain that accepts replies, or remove that MX record: many receivers refuse " +
        "emails that cannot be answered.",
    );
  }
  if (exchanges.length > 0) return ok(name, `${domain} accepts email at ${list(exchanges)}`);
  for (const type of ["A", "AAAA"] as const) {
    const addresses = await recordsOf(resolver, domain, type, signal);
    if (addresses.length > 0) {
      return ok(name, `${domain} has no MX record, so its address ${addresses[0]} counts`);
    }
  }
  return error(
    name,
    `${domain} has neither an MX record nor an address`,
    "Correct the domain in threepid.medium.email.identity.from, or publish its MX record: " +
      "receivers refuse emails from a domain that does not exist.",
  );
}

// Without the preferences.
function list(exchanges: readonly string[]): string {
  return exchanges.map((exchange) => exchange.replace(/^\d+ /, "")).join(", ");
}
