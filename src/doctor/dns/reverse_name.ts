/**
 * Checks the reverse name of the mail server: many receivers refuse a sender whose address has none.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import { type Check, ok, skipped, warning } from "../finding.ts";
import { recordsOf, type Resolver } from "./port.ts";

const NAME = "reverse name";

// Addresses that the Internet does not see (RFC 6890), and which have no names there.
const PRIVATE = new BlockList();
for (
  const [address, prefix] of [
    ...[["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8]] as const,
    ...[["169.254.0.0", 16], ["172.16.0.0", 12], ["192.168.0.0", 16]] as const,
  ]
) PRIVATE.addSubnet(address, prefix, "ipv4");
for (const [address, prefix] of [["::", 127], ["fc00::", 7], ["fe80::", 10]] as const) {
  PRIVATE.addSubnet(address, prefix, "ipv6");
}

/**
 * Checks the addresses of the host.
 *
 * @throws {ResolverError} If the DNS cannot tell.
 */
export async function checkReverseName(
  host: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Check> {
  const addresses = await addressesOf(host, resolver, signal);
  const seen = addresses.filter((address) => !isPrivate(address));
  if (seen.length === 0) {
    const what = addresses.length === 0 ? "has no address in the DNS" : "has a private address";
    return skipped(NAME, `${host} ${what}: which one it sends from is not known here`);
  }
  const names: string[] = [];
  for (const address of seen) {
    const [name] = await recordsOf(resolver, reverseName(address), "PTR", signal);
    if (name === undefined) {
      return warning(
        NAME,
        `${address}, the address of ${host}, has no reverse name`,
        `If ${host} sends the emails from that address, let its provider set the reverse name (PTR) ` +
          "to the name of the mail server.",
      );
    }
    const back = await addressesOf(name, resolver, signal);
    if (!back.includes(address)) {
      return warning(
        NAME,
        `${address}, the address of ${host}, has the reverse name ${name}, which has another address`,
        `If ${host} sends the emails from that address, give ${name} the address ${address}, or let ` +
          "its provider correct the reverse name (PTR).",
      );
    }
    names.push(`${address} is ${name}`);
  }
  return ok(NAME, names.join(", "));
}

async function addressesOf(
  host: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const types = ["A", "AAAA"] as const;
  const found = await Promise.all(types.map((type) => recordsOf(resolver, host, type, signal)));
  return found.flat();
}

function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The name that has an address's PTR record (RFC 1035, section 3.5; RFC 3596, section 2.5). */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const [head = "", tail] = address.split("::");
  const words = (text: string) => text === "" ? [] : text.split(":");
  const [before, after] = [words(head), words(tail ?? "")];
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const all = tail === undefined ? before : [...before, ...zeros, ...after];
  const digits = all.map((word) => word.padStart(4, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}
