/**
 * Writes a configuration's keys as YAML, with comments.
 *
 * @module
 */

import { Document, isMap, Pair, Scalar as YamlScalar, YAMLMap, YAMLSeq } from "yaml";
import { Scalar } from "../../settings/scalar.ts";
import { printable } from "../../text/printable.ts";
import { isSection, type Node, nodeAt, type Section } from "../source/node.ts";
import { keyName, type Path } from "../source/positions.ts";

/** A comment that stands before a key, or with its name before its section where it is missing. */
export interface Comment {
  readonly path: Path;
  /** What kind of comment it is. */
  readonly label: "Decide" | "Note";
  readonly text: string;
}

const WIDTH_CHARS = 96;

/** The keys as YAML that reads to the same keys again. Each comment is wrapped. */
export function writeYaml(root: Section, header: string, comments: readonly Comment[]): string {
  const above = new Map<string, string[]>();
  for (const { path, label, text } of comments) {
    const key = keyName(path);
    const name = keyName(nearestKey(root, path));
    const said = name === key ? `${label}: ${text}` : `${label}: ${key} ${text}`;
    above.set(name, [...above.get(name) ?? [], ...wrap(printable(said))]);
  }
  const document = new Document(undefined, { version: "1.2" });
  document.contents = yamlOf(root, [], above) as never;
  const notes = above.get("") ?? [];
  const top = [
    ...header === "" ? [] : header.split("\n"),
    ...notes.length > 0 ? [""] : [],
    ...notes,
  ];
  document.commentBefore = top.map((line) => ` ${line}`.trimEnd()).join("\n");
  return document.toString({ lineWidth: 0 });
}

// Of a key that is not there, the innermost section that is. Items of lists have no key of their own.
function nearestKey(root: Section, path: Path): Path {
  for (let length = path.length; length > 0; length--) {
    const shorter = path.slice(0, length);
    if (typeof shorter.at(-1) === "string" && nodeAt(root, shorter) !== undefined) return shorter;
  }
  return [];
}

function yamlOf(node: Node, path: Path, above: ReadonlyMap<string, readonly string[]>): unknown {
  if (node instanceof Scalar) return scalarOf(node);
  if (Array.isArray(node)) {
    const list = new YAMLSeq();
    list.items = node.map((item, index) => yamlOf(item, [...path, index], above));
    list.flow = node.length === 0;
    return list;
  }
  const map = new YAMLMap();
  for (const [name, child] of Object.entries(node)) {
    if (isSection(child) && Object.keys(child).length === 0) continue;
    const key = new YamlScalar(name);
    const childPath = [...path, name];
    const lines = above.get(keyName(childPath));
    if (lines) key.commentBefore = lines.map((line) => ` ${line}`).join("\n");
    if (path.length === 0 && map.items.length > 0) key.spaceBefore = true;
    map.items.push(new Pair(key, yamlOf(child, childPath, above)));
  }
  if (!isMap(map) || map.items.length === 0) map.flow = true;
  return map;
}

// A number or a switch as it was written. In quotes where the reader would make another text of it,
// such as a password 0123456.
function scalarOf({ value, source, text }: Scalar): YamlScalar {
  return new YamlScalar(String(value) === source ? value : text);
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= WIDTH_CHARS) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
