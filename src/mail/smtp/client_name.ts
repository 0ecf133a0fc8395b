/**
 * The name by which this service greets a mail server (RFC 5321, section 4.1.1.1).
 *
 * @module
 */

import { isIPv4, isIPv6 } from "node:net";
import type { z } from "zod";
import { parsed } from "../../settings/kinds.ts";
import { asciiDomain } from "../compose/envelope.ts";

// Labels of letters, digits and hyphens (RFC 1123, section 2.1).
const HOSTNAME =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** A host name, which becomes ASCII, or an address literal such as `[192.0.2.1]`. */
export function clientName(): z.ZodType<string> {
  return parsed(
    parseClientName,
    "a name such as chat.example.org, or an address such as [192.0.2.1]",
  );
}

function parseClientName(text: string): string | undefined {
  const literal = /^\[(IPv6:)?([0-9a-f:.]+)\]$/i.exec(text);
  if (literal) {
    const [, version, address = ""] = literal;
    if (version === undefined) return isIPv4(address) ? `[${address}]` : undefined;
    return isIPv6(address) ? `[IPv6:${address}]` : undefined;
  }
  const name = asciiDomain(text);
  // A name never ends in a number: that would be an IP address.
  return name !== undefined && HOSTNAME.test(name) && !/(?:^|\.)[0-9]+$/.test(name)
    ? name
    : undefined;
}
