/**
 * Suggests what an unknown key may have been meant to be.
 *
 * @module
 */

import { quoted } from "../../text/printable.ts";
import { IGNORED_KEYS, RENAMED_KEYS, RESERVED_KEYS } from "../sections/extra_keys.ts";
import { keyName, type Path } from "../source/positions.ts";
import { allKeys, type Schema } from "./walk.ts";

const MAX_LISTED_KEYS = 12;

/** The message for a key that does not exist in the section `path`. */
export function describeUnknownKey(schema: Schema, path: Path, key: string): string {
  if (/^[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)+$/.test(key)) return describeDottedKey(path, key);
  const known = knownKeys(schema);
  const section = path.map((step) => typeof step === "number" ? "[]" : step);
  const siblings = [...new Set(known.filter((other) => isBelow(other, section)).map(lastOf))];
  const close = nearest(key, siblings) ?? synonym(key, siblings);
  if (close !== undefined) return `is unknown: did you mean ${quoted(close)}?`;
  const below = synonymBelow(key, section, known);
  if (below) return `is unknown here: did you mean ${quoted(keyName(below))}?`;
  const elsewhere = homeOf(key, section, known);
  if (elsewhere) return `is unknown here: it belongs below ${keyName(elsewhere)}`;
  if (siblings.length === 0 || siblings.length > MAX_LISTED_KEYS) return "is unknown: remove it";
  if (siblings.length === 1) return `is unknown: the only key here is ${siblings[0]}`;
  return `is unknown: the keys here are ${siblings.join(", ")}`;
}

// A key with dots in it, which mxisd read up to version 1.2.
function describeDottedKey(path: Path, key: string): string {
  const parts = key.split(".");
  const last = quoted(`${parts.pop()}:`);
  const sections = parts.map((part) => quoted(`${part}:`)).reverse().join(" below ");
  const where = path.length > 0 ? `, below ${keyName(path)}` : "";
  return `keys with dots were read only up to mxisd 1.2: write ${last} below ${sections}${where}`;
}

// All keys that may be written, including those that no schema has.
function knownKeys(schema: Schema): readonly (readonly string[])[] {
  const others = [
    ...RENAMED_KEYS.map(([old]) => old),
    ...IGNORED_KEYS,
    ...RESERVED_KEYS.map(({ key }) => key),
  ].map((key) => key.split("."));
  const withSections = others.flatMap((key) => key.map((_part, index) => key.slice(0, index + 1)));
  return [...allKeys(schema), ...withSections];
}

function isBelow(key: readonly string[], section: readonly string[]): boolean {
  return key.length === section.length + 1 && section.every((part, index) => key[index] === part);
}

function lastOf(key: readonly string[]): string {
  return key.at(-1) ?? "";
}

// The section that has such a key and is nearest to the section that the key was found in.
function homeOf(
  key: string,
  section: readonly string[],
  known: readonly (readonly string[])[],
): readonly string[] | undefined {
  const homes = known.filter((other) => lastOf(other).toLowerCase() === key.toLowerCase())
    .map((other) => other.slice(0, -1))
    .filter((home) => home.length > 0 && !home.includes("[]") && !home.includes("*"));
  const shared = (home: readonly string[]) => {
    const index = home.findIndex((part, position) => section[position] !== part);
    return index < 0 ? home.length : index;
  };
  const best = homes.sort((a, b) => shared(b) - shared(a))[0];
  // A distant section that happens to have such a key does not help.
  if (best === undefined || (section.length > 0 && shared(best) === 0 && homes.length > 1)) {
    return undefined;
  }
  return best;
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known.map((other) => ({ other, distance: editDistance(word, other) }))
    .sort((a, b) => a.distance - b.distance);
  if (!best) return undefined;
  return best.distance <= Math.max(1, Math.floor(best.other.length / 3)) ? best.other : undefined;
}

// What other programs call the same thing. The name that goes before others stands first.
const SYNONYMS: readonly (readonly string[])[] = [
  ["login", "username", "userName", "bindDn", "clientId", "user", "account"],
  ["password", "bindPassword", "clientSecret", "pass", "passwd", "pwd", "passphrase", "secret"],
  ["host", "url", "connection", "hostname", "server", "address", "uri", "endpoint", "addr"],
  ["tls", "starttls", "ssl", "secure", "security", "encryption", "useTls", "useSsl"],
  ["from", "sender", "mailFrom", "fromAddress"],
  ["baseDNs", "base", "searchBase", "baseDn", "basedn", "root"],
  ["database", "path", "file", "filename", "db"],
  ["token", "bearer", "accessToken", "key", "apiKey"],
  ["ca", "caFile", "caCert", "cafile", "certificate"],
  ["delay", "wait"],
  ["timeout", "timeoutMs", "connectTimeout"],
];

function synonym(word: string, known: readonly string[]): string | undefined {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  // smtpPassword, smtp_user: the last part says what it is.
  const parts = word.split(/[_-]|(?<=[a-z])(?=[A-Z])/);
  for (const candidate of new Set([word, parts.slice(-2).join(""), parts.at(-1) ?? ""])) {
    const group = SYNONYMS.find((words) => words.some((other) => same(other, candidate)));
    const found = group?.find((other) => known.includes(other));
    if (found !== undefined) return found;
    const own = known.find((other) => same(other, candidate));
    if (own !== undefined) return own;
  }
  return undefined;
}

// The path inside the section of a key further below that other programs call so.
function synonymBelow(
  key: string,
  section: readonly string[],
  known: readonly (readonly string[])[],
): readonly string[] | undefined {
  if (section.length === 0) return undefined;
  const below = known.filter((other) => section.every((part, index) => other[index] === part))
    .map((other) => other.slice(section.length))
    .filter((other) => other.length > 1 && !other.includes("[]") && !other.includes("*"));
  if (below.some((other) => lastOf(other) === key)) return undefined;
  const found = synonym(key, below.map(lastOf));
  return below.find((other) => lastOf(other) === found);
}

/**
 * How many letters must be inserted, removed, changed or swapped with their neighbour to turn one
 * word into the other, ignoring case (the optimal string alignment distance).
 */
export function editDistance(one: string, other: string): number {
  // No key is longer, and the table below grows with the product of the lengths.
  const [a, b] = [one.slice(0, 64).toLowerCase(), other.slice(0, 64).toLowerCase()];
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      rows[row]?.push(Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + change,
        swapped ? at(row - 2, column - 2) + 1 : Infinity,
      ));
    }
  }
  return at(a.length, b.length);
}
