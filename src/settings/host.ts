/**
 * The kind of setting for the name or address of a host, without a scheme and a port.
 *
 * @module
 */

import type { z } from "zod";
import { parsed } from "./kinds.ts";

const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}._-]{0,253}[\p{L}\p{N}.])?$/u;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[0-9A-Za-z._-]+)?$/;

/** A host name, an IPv4 address, or an IPv6 address, which may be in brackets. */
export function hostName(example: string): z.ZodType<string> {
  return parsed(parseHostName, `a host such as ${example}, without a scheme, a port or blanks`);
}

/** The host, without brackets around an IPv6 address; `undefined` for anything else. */
export function parseHostName(text: string): string | undefined {
  const address = /^\[(.*)\]$/.exec(text)?.[1];
  if (address !== undefined) return IPV6.test(address) ? address : undefined;
  return NAME.test(text) || IPV6.test(text) ? text : undefined;
}
