/**
 * Ignores settings that mxisd and ma1sd had for features that this service does not have.
 *
 * @module
 */

import { DIRECTORY_PATTERNS, IGNORED_KEYS } from "../sections/extra_keys.ts";
import { isSection, type Node, nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import { keyName, type Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/**
 * Removes the ignored settings, with one notice that names them all.
 *
 * @returns Whether there were whole sections, such as the mandatory `key`: the file is one of mxisd
 *   or ma1sd.
 */
export function removeIgnoredKeys(root: Section, report: Report): boolean {
  const found = findIgnoredKeys(root);
  if (found.length === 0) return false;
  const positions = found.map((path) => report.positions.nearest(path).key);
  const first = positions.sort((a, b) => a.line - b.line || a.column - b.column)[0];
  const names = found.map((path) => keyName(report.positions.nearest(path).written)).join(", ");
  const message = `these keys belong to other features of mxisd and are ignored: ${names}`;
  report.addAt("notice", first ?? { line: 1, column: 1 }, "", message);
  for (const path of found) removeNode(root, path);
  return found.some(([name, ...below]) => below.length === 0 && !String(name).includes("."));
}

/** The paths of the ignored settings. */
export function findIgnoredKeys(root: Section): readonly Path[] {
  const sendgrid = ["notification", "handlers", "sendgrid"];
  const usesIt = textAt(root, ["notification", "handler", "email"]) === "sendgrid";
  const whole = !usesIt && hasValue(nodeAt(root, sendgrid)) ? [sendgrid] : [];
  const keys = IGNORED_KEYS.filter((key) => usesIt || !key.startsWith(`${sendgrid.join(".")}.`));
  const found: Path[] = [
    ...keys.flatMap((key) => matches(root, key.split("."))),
    ...whole,
    ...ownMedia(root),
  ];
  // Spring's levels for each class. A single level is a setting of this service.
  if (isSection(nodeAt(root, ["logging", "level"]))) found.push(["logging", "level"]);
  return [...found, ...dottedKeys(root)];
}

function hasValue(node: Node | undefined): boolean {
  return isSection(node) ? Object.values(node).some(hasValue) : node !== undefined;
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

// An organisation's own kinds of identifiers to log in with, such as an employee number: one in
// mxisd's documentation is `kmx.employee.id`.
function ownMedia(root: Section): Path[] {
  const sections = DIRECTORY_PATTERNS.flatMap((section) =>
    matches(root, `${section}.attribute.threepid`.split("."))
  );
  return sections.flatMap((path) => {
    const media = nodeAt(root, path);
    const names = isSection(media) ? Object.keys(media) : [];
    return names.filter((name) => name.includes(".")).map((name) => [...path, name]);
  });
}

// Keys that mxisd 1.2 and older had as one word with dots: `lookup.recursive.enabled: true`.
function dottedKeys(root: Section): Path[] {
  return Object.keys(root).filter((name) =>
    IGNORED_KEYS.some((key) => name === key || name.startsWith(`${key}.`)) && name.includes(".")
  ).map((name) => [name]);
}
