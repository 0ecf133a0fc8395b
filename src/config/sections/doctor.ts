/**
 * The section `doctor`: how the deployment is checked.
 *
 * @module
 */

import { isIP } from "node:net";
import { parsed } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

const DNS_PORT = 53;
const MAX_PORT = 65535;

/** A DNS server. */
export interface DnsServer {
  /** An IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A DNS server by its IP address, with or without a port; `undefined` for anything else. */
export function parseDnsServer(text: string): DnsServer | undefined {
  if (isIP(text) !== 0) return { host: text, port: DNS_PORT };
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits ?? DNS_PORT);
  const isAddress = isIP(host) === (bracketed === undefined ? 4 : 6);
  return isAddress && port >= 1 && port <= MAX_PORT ? { host, port } : undefined;
}

/** The section `doctor`. */
export const doctorSection = section("How the command doctor checks the deployment.", {
  resolver: parsed(
    (text) => parseDnsServer(text) && text,
    "the IP address of a DNS server, such as 192.0.2.53 or [2001:db8::53]:53",
  ).optional().meta({ examples: ["192.0.2.53"] }).describe(
    "The DNS server that is asked for the records of the sender's domain, such as a public one where " +
      "this machine's own shows other records inside the organisation. By default this machine's.",
  ),
});
