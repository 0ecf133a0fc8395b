/**
 * Reads the configuration's YAML: YAML 1.2 with merge keys, in which a null means that there is
 * nothing, and each scalar keeps the text it was written as.
 *
 * @module
 */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node as YamlNode,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { type Origin, Scalar } from "../../settings/scalar.ts";
import { quoted } from "../../text/printable.ts";
import type { Node, Section } from "./node.ts";
import { keyName, type Path, type Place, Places } from "./positions.ts";
import { Report } from "./report.ts";
import { describeMistake } from "./yaml_errors.ts";

/** A configuration's text, read. */
export interface SourceDocument {
  /** What stands in it; empty when it is no YAML at all. */
  readonly root: Section;
  /** What is wrong with it so far, and where everything stands. */
  readonly report: Report;
  /** Whether it is YAML, so that it makes sense to look for further problems. */
  readonly readable: boolean;
}

/** Makes the origin of a scalar, given the way to it and the report to complain to. */
export type OriginMaker = (path: Path, report: Report) => Origin;

const DEEPEST = 40;
const LONGEST_GAP = 100; // characters between a key and its value
const MOST_NODES = 20_000; // what aliases repeat counts each time, so that a few cannot fill memory
const MOST_MISTAKES = 20;

/** Reads a configuration's text; `file` is its name in messages. It never throws. */
export function readDocument(file: string, text: string, originOf: OriginMaker): SourceDocument {
  return new Reader(file, text, originOf).read();
}

class Reader {
  readonly #lines = new LineCounter();
  readonly #places = new Places();
  readonly #report: Report;
  readonly #text: string;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #merging = new Set<unknown>();
  readonly #unusedNames = new Map<string, { place: Place; path: Path }>();
  #nodes = 0;

  constructor(file: string, text: string, readonly originOf: OriginMaker) {
    this.#report = new Report(file, this.#places);
    this.#text = text.replace(/^\uFEFF/, "");
  }

  read(): SourceDocument {
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      merge: true, // version 1.1 would turn 22:00 into 1320
      prettyErrors: false,
      uniqueKeys: false, // done here, so that both lines can be told
    });
    const mistakes = [...document.errors, ...document.warnings];
    let before: { line: number; message: string } | undefined;
    for (const mistake of mistakes.slice(0, MOST_MISTAKES)) {
      const place = this.#place(mistake.pos[0]);
      const message = describeMistake(mistake);
      // What follows a mistake in the same line follows from it, and so does more of the same.
      if (before?.line !== place.line && before?.message !== message) {
        this.#report.addAt("error", place, "", message);
      }
      before = { line: place.line, message };
    }
    const root: Section = {};
    const readable = mistakes.length === 0;
    if (readable && isMap(document.contents)) {
      this.#section(document.contents, [], root, new Set());
    } else if (readable && document.contents !== null && !isEmpty(document.contents)) {
      const message = 'expected keys such as "matrix:" at the beginning of a line';
      this.#report.addAt("error", this.#place(document.contents.range?.[0]), "", message);
    }
    // Nobody names a text for nothing: it is a password that begins with this character.
    for (const { place, path } of this.#unusedNames.values()) {
      const message = "a text cannot begin with an ampersand: put the text in quotes";
      this.#report.addAt("error", place, keyName(path), message);
    }
    return { root, report: this.#report, readable };
  }

  #node(yaml: unknown, path: Path): Node | undefined {
    if (isAlias(yaml)) return this.#alias(yaml.source, yaml.range?.[0], path);
    if (!isMap(yaml) && !isSeq(yaml) && !isScalar(yaml)) return undefined;
    if (yaml.anchor) this.#anchors.set(yaml.anchor, yaml);
    if (++this.#nodes > MOST_NODES || path.length > DEEPEST) {
      this.#refuseSize(yaml);
      return undefined;
    }
    if (isMap(yaml)) {
      const section: Section = {};
      this.#section(yaml, path, section, new Set());
      return section;
    }
    if (isSeq(yaml)) return this.#list(yaml.items, path);
    if (yaml.anchor) {
      this.#unusedNames.set(yaml.anchor, { place: this.#place(rangeStart(yaml)), path });
    }
    const { value } = yaml;
    if (value === null || value === undefined) return undefined;
    const source = yaml.source ?? String(value);
    const known = typeof value === "number" || typeof value === "boolean" ? value : source;
    return new Scalar(known, source, this.originOf(path, this.#report));
  }

  #list(items: readonly unknown[], path: Path): Node[] {
    const list: Node[] = [];
    for (const item of items) {
      const itemPath = [...path, list.length];
      const node = this.#node(item, itemPath);
      if (node === undefined) continue;
      const place = this.#place(rangeStart(item));
      this.#places.add(itemPath, { written: itemPath, key: place, value: place });
      list.push(node);
    }
    return list;
  }

  // `taken` has the keys that an outer section has: those win over the ones that are merged in.
  #section(map: YAMLMap, path: Path, section: Section, taken: Set<string>): void {
    const merges: Pair[] = [];
    const seen = new Map<string, Place>();
    for (const pair of map.items) {
      const name = this.#key(pair, path);
      if (name === MERGE) merges.push(pair);
      if (name === undefined || name === MERGE) continue;
      const keyPath = [...path, name];
      const key = this.#place(rangeStart(pair.key));
      const before = seen.get(name);
      if (before) {
        this.#report.addAt("error", key, keyName(keyPath), twice(before.line));
        continue;
      }
      seen.set(name, key);
      if (taken.has(name)) continue;
      const value = this.#place(rangeStart(pair.value));
      this.#places.add(keyPath, { written: keyPath, key, value });
      const node = this.#node(pair.value, keyPath);
      if (node !== undefined) section[name] = node;
      else if (isEmpty(pair.value)) this.#tellComment(pair, keyPath, value);
    }
    const mine = new Set([...taken, ...seen.keys()]);
    for (const pair of merges) this.#merge(pair.value, path, section, mine);
  }

  #merge(value: unknown, path: Path, section: Section, taken: Set<string>): void {
    const target = isAlias(value) ? this.#anchors.get(value.source) : value;
    if (++this.#nodes > MOST_NODES) return this.#refuseSize(value);
    if (isMap(target) && !this.#merging.has(target)) {
      this.#merging.add(target);
      this.#section(target, path, section, taken);
      this.#merging.delete(target);
      for (const name of Object.keys(section)) taken.add(name);
    } else if (isSeq(target) && target === value) {
      for (const item of target.items) this.#merge(item, path, section, taken);
    } else {
      const message = `${quoted("<<")} wants a section that was given a name with & before`;
      this.#report.addAt("error", this.#place(rangeStart(value)), keyName(path), message);
    }
  }

  #key(pair: Pair, path: Path): string | typeof MERGE | undefined {
    const { key } = pair;
    if (isScalar(key) && typeof key.value === "symbol") return MERGE;
    const name = isScalar(key) ? (typeof key.value === "string" ? key.value : key.source) : "";
    if (name !== undefined && name !== "" && name !== "__proto__") return name;
    const place = this.#place(rangeStart(key) ?? rangeStart(pair.value));
    this.#report.addAt("error", place, keyName(path), "expected a key here, a word and a colon");
    return undefined;
  }

  #alias(anchor: string, offset: number | undefined, path: Path): Node | undefined {
    const target = this.#anchors.get(anchor);
    if (target) {
      const node = this.#node(target, path);
      this.#unusedNames.delete(anchor);
      return node;
    }
    const message = "a text cannot begin with an asterisk: put the text in quotes";
    this.#report.addAt("error", this.#place(offset), keyName(path), message);
    return undefined;
  }

  // A colour or a password was meant, which begins with this character. Comments have a blank.
  #tellComment({ key }: Pair, path: Path, place: Place): void {
    const end = (key as YamlNode).range?.[1] ?? 0;
    if (!/^\s*:[ \t]+#[^\s#]/.test(this.#text.slice(end, end + LONGEST_GAP))) return;
    const message = "is empty, as a comment begins at the #: put the text in quotes";
    this.#report.addAt("warning", place, keyName(path), message);
  }

  #refuseSize(value: unknown): void {
    const message = this.#nodes > MOST_NODES
      ? "the file has too many values, or repeats too many with aliases"
      : "sections are nested too deeply, or an alias contains itself";
    if (this.#nodes > MOST_NODES + 1) return; // said already
    this.#report.addAt("error", this.#place(rangeStart(value)), "", message);
  }

  #place(offset: number | undefined): Place {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

const MERGE = Symbol("<<");

function twice(line: number): string {
  return `stands in line ${line} already: mxisd took only one of the two, join them`;
}

function rangeStart(node: unknown): number | undefined {
  return (node as YamlNode | null | undefined)?.range?.[0];
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}
