/**
 * Settings that mxisd and ma1sd had for features that this service does not have.
 *
 * @module
 */

import { DIRECTORY_PATTERNS, IGNORED_KEYS } from "../sections/extra_keys.ts";
import { isSection, type Node, nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import { keyName, type Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/** Takes the unused settings out, with one notice that names them all. */
export function removeUnusedKeys(root: Section, report: Report): void {
  const sendgrid = ["notification", "handlers", "sendgrid"];
  const usesIt = textAt(root, ["notification", "handler", "email"]) === "sendgrid";
  const whole = !usesIt && saysSomething(nodeAt(root, sendgrid)) ? [sendgrid] : [];
  const keys = IGNORED_KEYS.filter((key) => usesIt || !key.startsWith(`${sendgrid.join(".")}.`));
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
  const places = DIRECTORY_PATTERNS.flatMap((section) =>
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
    IGNORED_KEYS.some((key) => name === key || name.startsWith(`${key}.`)) && name.includes(".")
  ).map((name) => [name]);
}
