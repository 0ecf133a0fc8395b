/**
 * Settings that mxisd and ma1sd had for features that this service does not have.
 *
 * @module
 */

import { quoted } from "../../text/printable.ts";
import { isSection, type Node, nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import { keyName, type Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

// Both kinds of directories, and each one in a list of them.
const DIRECTORIES = ["ldap", "ldap.directories.*", "netiq", "netiq.directories.*"];
const DIRECTORY_KEYS = DIRECTORIES.flatMap((section) =>
  ["auth", "directory", "identity", "attribute.threepid.msisdn"].map((key) => `${section}.${key}`)
);

/**
 * The keys of the identity server, and those parts of stores and notifications that served it; `*`
 * stands for any item of a list.
 */
export const UNUSED_KEYS: readonly string[] = [
  ...["key", "lookup", "session", "dns", "forward", "register", "directory", "auth", "invite"],
  ...DIRECTORY_KEYS,
  ...["view", "hashing", "bulk", "policy", "internal", "account", "spring", "recursive"],
  ...["matrix.identity", "matrix.v1", "matrix.v2"],
  ...["synapseSql.auth", "synapseSql.directory", "synapseSql.identity", "synapseSql.lookup"],
  ...["sql.auth", "sql.directory", "sql.identity", "sql.lookup", "wordpress.sql.query"],
  ...["synapseSql.legacyRoomNames", "rest.endpoints.auth", "rest.endpoints.directory"],
  // mxisd's documentation has an example with env in the place where it counts for nothing.
  ...["exec.priority", "exec.auth", "exec.directory", "exec.identity", "exec.env"],
  ...["exec.token.password", "exec.token.medium", "exec.token.address", "exec.token.type"],
  ...["exec.token.query", "exec.profile.displayName.output.template"],
  ...["exec.profile.threePid.output.template", "exec.profile.role.output.template"],
  ...["rest.endpoints.identity", "memory.identities.*.password", "memory.hashEnabled"],
  ...["threepid.medium.msisdn", "threepid.medium.email.generators.template.invite"],
  ...["threepid.medium.email.generators.template.session", "notification.handler.msisdn"],
  ...["invite", "session"].map((name) => `notification.handlers.sendgrid.templates.${name}`),
  ...["logging.pattern", "logging.file", "logging.requests"],
];

/** Takes the unused settings out, with one notice that names them all. */
export function removeUnusedKeys(root: Section, report: Report): void {
  const sendgrid = ["notification", "handlers", "sendgrid"];
  const usesIt = textAt(root, ["notification", "handler", "email"]) === "sendgrid";
  const whole = !usesIt && saysSomething(nodeAt(root, sendgrid)) ? [sendgrid] : [];
  const keys = UNUSED_KEYS.filter((key) => usesIt || !key.startsWith(`${sendgrid.join(".")}.`));
  const found: Path[] = [
    ...keys.flatMap((key) => matches(root, key.split("."))),
    ...whole,
    ...ownMedia(root),
  ];
  // Spring's levels for each class: a single level is ours.
  if (isSection(nodeAt(root, ["logging", "level"]))) found.push(["logging", "level"]);
  const backend = textAt(root, ["storage", "backend"]);
  const postgresql = ["storage", "provider", "postgresql"];
  if (backend === "sqlite" && nodeAt(root, postgresql)) found.push(postgresql);
  found.push(...dottedKeys(root));
  if (found.length === 0) return;
  const places = found.map((path) => report.places.nearest(path).key);
  const first = places.sort((a, b) => a.line - b.line || a.column - b.column)[0];
  const names = found.map((path) => keyName(report.places.nearest(path).written)).join(", ");
  const message = `this service does not use what belongs to mxisd's other features: ${names}`;
  report.addAt("notice", first ?? { line: 1, column: 1 }, "", message);
  for (const path of found) removeNode(root, path);
}

function saysSomething(node: Node | undefined): boolean {
  return isSection(node) ? Object.values(node).some(saysSomething) : node !== undefined;
}

function matches(root: Section, pattern: readonly string[]): Path[] {
  const star = pattern.indexOf("*");
  if (star < 0) return nodeAt(root, pattern) === undefined ? [] : [pattern];
  const list = nodeAt(root, pattern.slice(0, star));
  if (!Array.isArray(list)) return [];
  return list.map((_item, index) => [
    ...pattern.slice(0, star),
    index,
    ...pattern.slice(star + 1),
  ]).filter((path) => nodeAt(root, path) !== undefined);
}

// Kinds of identifiers that an organisation made up for logging in with, such as a number of its
// employees: mxisd's documentation calls one `kmx.employee.id`.
function ownMedia(root: Section): Path[] {
  const places = DIRECTORIES.flatMap((section) =>
    matches(root, `${section}.attribute.threepid`.split("."))
  );
  return places.flatMap((place) => {
    const media = nodeAt(root, place);
    const names = isSection(media) ? Object.keys(media) : [];
    return names.filter((name) => name.includes(".")).map((name) => [...place, name]);
  });
}

// What mxisd 1.2 and older wrote as one word with dots: `lookup.recursive.enabled: true`.
function dottedKeys(root: Section): Path[] {
  return Object.keys(root).filter((name) =>
    UNUSED_KEYS.some((key) => name === key || name.startsWith(`${key}.`)) && name.includes(".")
  ).map((name) => [name]);
}

/** What to tell of a key with dots in it, which mxisd read up to version 1.2. */
export function describeDottedKey(path: Path, key: string): string {
  const parts = key.split(".");
  const last = quoted(`${parts.pop()}:`);
  const sections = parts.map((part) => quoted(`${part}:`)).reverse().join(" below ");
  const where = path.length > 0 ? `, below ${keyName(path)}` : "";
  return `keys with dots in them were read up to mxisd 1.2 only: write ${last} below ${sections}` +
    where;
}
