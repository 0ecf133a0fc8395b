/**
 * Reads a configuration of mxisd or ma1sd, and says of each of its keys what becomes of it.
 *
 * @module
 */

import { resolve } from "node:path";
import { ReadError } from "../../system/read_file.ts";
import { expandDirectoryLists } from "../passes/directory_lists.ts";
import { findIgnoredKeys } from "../passes/ignored_keys.ts";
import { expandOffSections } from "../passes/off_sections.ts";
import { moveRenamedKeys } from "../passes/renamed_keys.ts";
import { describeUnknownKey } from "../schema/unknown_key.ts";
import { itemOf, keysOf, schemaAt } from "../schema/walk.ts";
import { RENAMED_KEYS, RESERVED_KEYS } from "../sections/extra_keys.ts";
import { settingsSchema } from "../sections/settings.ts";
import { readDocument } from "../source/document.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import { isSection, nodeAt, removeNode, type Section, textAt } from "../source/node.ts";
import { originOf } from "../source/origin.ts";
import { keyName, type Path, Positions } from "../source/positions.ts";
import { Report } from "../source/report.ts";
import { expandDottedKeys, leaves, replaceReferences } from "./old_keys.ts";
import { readPlaybook, variableFile, withoutAnsibleHead } from "./playbook.ts";
import { reasonFor } from "./reasons.ts";

// Settings that are accepted, and change nothing.
const WITHOUT_EFFECT: readonly string[] = [
  ...RESERVED_KEYS.map(({ key }) => key),
  ...["appsvc.feature.cleanExpiredInvite", "appsvc.feature.inviteById", "firebase.database"],
];

/** What becomes of a key. */
export type Fate = "used" | "renamed" | "changed" | "of no use" | "unknown";

/** A key of the old file. */
export interface OldKey {
  /** The key as the file has it. */
  readonly name: string;
  /** Its path here; for one of no use, the path that it had. */
  readonly path: Path;
  readonly fate: Fate;
  /** The new name, the reason, or what to write instead. Never a value. */
  readonly detail?: string | undefined;
}

/** A configuration of mxisd or ma1sd. */
export interface OldFile {
  /** Its absolute path. */
  readonly file: string;
  /** The keys that are of use, in this service's layout. */
  readonly root: Section;
  /** Every key of the file, in its order. */
  readonly keys: readonly OldKey[];
  /** Where the identity server reached the homeserver. */
  readonly homeserverUrl?: string | undefined;
  /** The text of a template that stood in a variable of the playbook. */
  readonly template?: string | undefined;
  /** Whether its keys are those of mxisd 1.2, whose own user has another default. */
  readonly isListener: boolean;
  /** What is wrong with it; with an error it cannot be imported. */
  readonly report: Report;
}

/** Reads it. Never throws: with an error in the report, there is nothing else. */
export function readOldFile(file: string, environment: ConfigEnvironment): OldFile {
  const absolute = resolve(environment.cwd, file);
  const read = readRoot(file, absolute, environment);
  const { root, report } = read;
  const nothing = { file: absolute, root, keys: [], isListener: false, report };
  if (report.refused) return nothing;
  expandDottedKeys(root, report);
  const replaced = new Set(replaceReferences(root).map(keyName));
  const written = leaves(root).map((path) => {
    const { written, key } = report.positions.nearest(path);
    // The items of a list of texts are one key.
    return { path, key, name: keyName(written).replace(/\[\d+\]$/, "") };
  }).sort((a, b) => a.key.line - b.key.line || a.key.column - b.key.column);
  expandDirectoryLists(root, report);
  expandOffSections(root, report);
  const isListener = isFilled(textAt(root, ["matrix", "listener", "url"]));
  moveRenamedKeys(root, report);
  if (report.refused) return nothing;
  const homeserverUrl = findHomeserver(root);
  const ignored = [...findIgnoredKeys(root), ...WITHOUT_EFFECT.map((key) => key.split("."))];
  const keys: OldKey[] = [];
  for (const { path: old, name } of written) {
    const path = pathNow(root, old);
    const whole = ignored.find((prefix) => startsWith(path, prefix));
    if (whole) {
      // A section of keys with dots stands nowhere in the file.
      const section = report.positions.find(whole)?.written;
      const shown = section === undefined ? name : keyName(section);
      if (keys.some((key) => key.fate === "of no use" && key.name === shown)) continue;
      keys.push({ name: shown, path: whole, fate: "of no use", detail: reasonFor(keyName(whole)) });
    } else if (nodeAt(root, path) === undefined) {
      // The other value went before it: ma1sd's logging.root beside logging.app.
      const detail = "another key goes before it";
      keys.push({ name, path, fate: "of no use", detail });
    } else {
      const key = describeKey(path, name, replaced.has(keyName(old)), report.positions);
      if (!keys.some((other) => other.name === key.name)) keys.push(key);
    }
  }
  for (const { path, fate } of keys) {
    if (fate === "of no use" || fate === "unknown") removeNode(root, path);
  }
  return { ...nothing, keys, isListener, homeserverUrl, template: read.template };
}

function describeKey(
  path: Path,
  name: string,
  hadReference: boolean,
  positions: Positions,
): OldKey {
  const unknown = unknownPart(path);
  if (unknown) {
    const detail = describeUnknownKey(
      settingsSchema,
      unknown.slice(0, -1),
      String(unknown.at(-1)),
    );
    const section = positions.find(unknown)?.written;
    const shown = section === undefined ? name : keyName(section);
    return { name: shown, path: unknown, fate: "unknown", detail };
  }
  if (hadReference) {
    const detail = "the value that it refers to is written in its place";
    return { name, path, fate: "changed", detail };
  }
  const now = keyName(path).replace(/\[\d+\]$/, "");
  if (name === now || /\[/.test(name)) return { name, path, fate: "used" };
  return { name, path, fate: "renamed", detail: now };
}

interface ReadRoot {
  readonly root: Section;
  readonly report: Report;
  readonly template?: string | undefined;
}

function readRoot(file: string, absolute: string, environment: ConfigEnvironment): ReadRoot {
  let text: string;
  try {
    text = withoutAnsibleHead(environment.readText(absolute));
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const report = new Report(file, new Positions());
    report.addAt("error", START, "", `cannot be read: ${error.reason}`);
    return { root: {}, report };
  }
  const read = (name: string, content: string) =>
    readDocument(name, content, (path, report) => originOf(environment, absolute, path, report));
  const document = read(file, text);
  const { root, report } = document;
  if (report.refused) return document;
  if (Object.keys(root).length === 0) {
    report.addAt("error", START, "", "has no keys: expected a configuration of mxisd or ma1sd");
    return document;
  }
  const playbook = readPlaybook(root, report, (variable, content) => {
    const inner = read(variableFile(file, variable), content);
    for (const problem of inner.report.problems) report.addElsewhere(problem);
    return inner.report.refused ? undefined : inner.root;
  });
  if (playbook === undefined) return document;
  // Its keys are not where the file's positions are.
  const own = new Report(file, new Positions());
  for (const problem of report.problems) own.addElsewhere(problem);
  return { ...playbook, report: own };
}

const START = { line: 1, column: 1 };

// Where ma1sd was told that it reaches the homeserver's client API.
function findHomeserver(root: Section): string | undefined {
  const domain = textAt(root, ["matrix", "domain"]);
  const list = nodeAt(root, ["dns", "overwrite", "homeserver", "client"]);
  if (!Array.isArray(list)) return undefined;
  const entry = list.find((item) => textAt(item, ["name"]) === domain) ?? list[0];
  const value = entry && textAt(entry, ["value"]);
  return isFilled(value) ? value : undefined;
}

function isFilled(text: string | undefined): boolean {
  return text !== undefined && text !== "";
}

function pathNow(root: Section, path: Path): Path {
  const key = keyName(path);
  const level = key === "logging.root" && nodeAt(root, path) === undefined;
  const now = level ? "logging.level" : RENAMED_KEYS.find(([old]) => old === key)?.[1];
  if (now !== undefined) return now.split(".");
  // A list of directories has become a section.
  const inList = nodeAt(root, path.slice(0, 2)) === undefined && typeof path[1] === "number";
  if (inList) return [path[0] ?? "", "directories", ...path.slice(1)];
  const node = nodeAt(root, path);
  // A section that is switched off by one word.
  return isSection(node) ? [...path, ...Object.keys(node).slice(0, 1)] : path;
}

// The shortest part of the path that is no key of the configuration.
function unknownPart(path: Path): Path | undefined {
  for (let length = 1; length <= path.length; length++) {
    const part = path.slice(0, length);
    const schema = schemaAt(settingsSchema, part);
    if (schema === undefined) return part;
    // A value, such as the file of a secret.
    if (!keysOf(schema) && !itemOf(schema)) return undefined;
  }
  return undefined;
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((step, index) => path[index] === step);
}
