/**
 * Reads the configuration's YAML: YAML 1.2 with merge keys. A null counts as an absent key, and each
 * scalar keeps its text in the file.
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
import { keyName, type Path, type Position, Positions } from "./positions.ts";
import { Report } from "./report.ts";
import { describeYamlError, QUOTE_AMPERSAND, QUOTE_ASTERISK } from "./yaml_errors.ts";

/** A configuration that was read. */
export interface SourceDocument {
  /** Its keys; empty when it is not valid YAML. */
  readonly root: Section;
  /** The problems so far, and the position of every key. */
  readonly report: Report;
  /** Whether it is valid YAML, so that it makes sense to look for further problems. */
  readonly readable: boolean;
}

/** Makes the origin of the scalar at a path, which may add to the report. */
export type OriginMaker = (path: Path, report: Report) => Origin;

const MAX_DEPTH = 40;
const MAX_GAP_CHARS = 100; // between a key and its value
const MAX_NODES = 20_000; // including each repetition by an alias, so that a few cannot fill memory
const MAX_ERRORS = 20;

/** Reads a configuration's text; `file` is its name in messages. Never throws. */
export function readDocument(file: string, text: string, originOf: OriginMaker): SourceDocument {
  return new Reader(file, text, originOf).read();
}

class Reader {
  readonly #lines = new LineCounter();
  readonly #positions = new Positions();
  readonly #report: Report;
  readonly #text: string;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #merging = new Set<unknown>();
  readonly #unusedAnchors = new Map<string, { position: Position; path: Path }>();
  #nodes = 0;

  constructor(file: string, text: string, readonly originOf: OriginMaker) {
    this.#report = new Report(file, this.#positions);
    this.#text = text.replace(/^\uFEFF/, "");
  }

  read(): SourceDocument {
    const document = parseDocument(this.#text, {
      lineCounter: this.#lines,
      merge: true, // version 1.1 would turn 22:00 into 1320
      prettyErrors: false,
      uniqueKeys: false, // checked here, to report both lines
    });
    const errors = [...document.errors, ...document.warnings];
    let before: { line: number; message: string } | undefined;
    for (const error of errors.slice(0, MAX_ERRORS)) {
      const position = this.#position(error.pos[0]);
      const message = describeYamlError(error);
      // Further errors in the same line, or of the same kind, follow from the first one.
      if (before?.line !== position.line && before?.message !== message) {
        this.#report.addAt("error", position, "", message);
      }
      before = { line: position.line, message };
    }
    const root: Section = {};
    const readable = errors.length === 0;
    if (readable && isMap(document.contents)) {
      this.#section(document.contents, [], root, new Set());
    } else if (readable && document.contents !== null && !isEmpty(document.contents)) {
      const message = 'expected keys such as "matrix:" at the beginning of a line';
      this.#report.addAt("error", this.#position(document.contents.range?.[0]), "", message);
    }
    // An anchor without an alias is a value that begins with this character, such as a password.
    for (const { position, path } of this.#unusedAnchors.values()) {
      this.#report.addAt("error", position, keyName(path), QUOTE_AMPERSAND);
    }
    return { root, report: this.#report, readable };
  }

  #node(yaml: unknown, path: Path): Node | undefined {
    if (isAlias(yaml)) return this.#alias(yaml.source, yaml.range?.[0], path);
    if (!isMap(yaml) && !isSeq(yaml) && !isScalar(yaml)) return undefined;
    if (yaml.anchor) this.#anchors.set(yaml.anchor, yaml);
    if (++this.#nodes > MAX_NODES || path.length > MAX_DEPTH) {
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
      this.#unusedAnchors.set(yaml.anchor, { position: this.#position(rangeStart(yaml)), path });
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
      const position = this.#position(rangeStart(item));
      this.#positions.add(itemPath, { written: itemPath, key: position, value: position });
      list.push(node);
    }
    return list;
  }

  // `taken` are the keys of outer sections, which take precedence over merged ones.
  #section(map: YAMLMap, path: Path, section: Section, taken: Set<string>): void {
    const merges: Pair[] = [];
    const seen = new Map<string, Position>();
    for (const pair of map.items) {
      const name = this.#key(pair, path);
      if (name === MERGE) merges.push(pair);
      if (name === undefined || name === MERGE) continue;
      const keyPath = [...path, name];
      const key = this.#position(rangeStart(pair.key));
      const before = seen.get(name);
      if (before) {
        this.#report.addAt("error", key, keyName(keyPath), twice(before.line));
        continue;
      }
      seen.set(name, key);
      if (taken.has(name)) continue;
      const value = this.#position(rangeStart(pair.value));
      this.#positions.add(keyPath, { written: keyPath, key, value });
      const node = this.#node(pair.value, keyPath);
      if (node !== undefined) section[name] = node;
      else if (isEmpty(pair.value)) this.#warnOfComment(pair, keyPath, value);
    }
    const mine = new Set([...taken, ...seen.keys()]);
    for (const pair of merges) this.#merge(pair.value, path, section, mine);
  }

  #merge(value: unknown, path: Path, section: Section, taken: Set<string>): void {
    const target = isAlias(value) ? this.#anchors.get(value.source) : value;
    if (++this.#nodes > MAX_NODES) return this.#refuseSize(value);
    if (isMap(target) && !this.#merging.has(target)) {
      this.#merging.add(target);
      this.#section(target, path, section, taken);
      this.#merging.delete(target);
      for (const name of Object.keys(section)) taken.add(name);
    } else if (isSeq(target) && target === value) {
      for (const item of target.items) this.#merge(item, path, section, taken);
    } else {
      const message = `${quoted("<<")} expects a section that has an anchor (&name) further up`;
      this.#report.addAt("error", this.#position(rangeStart(value)), keyName(path), message);
    }
  }

  #key(pair: Pair, path: Path): string | typeof MERGE | undefined {
    const { key } = pair;
    if (isScalar(key) && typeof key.value === "symbol") return MERGE;
    const name = isScalar(key) ? (typeof key.value === "string" ? key.value : key.source) : "";
    if (name !== undefined && name !== "" && name !== "__proto__") return name;
    const position = this.#position(rangeStart(key) ?? rangeStart(pair.value));
    const message = "expected a key here: a word and a colon";
    this.#report.addAt("error", position, keyName(path), message);
    return undefined;
  }

  #alias(anchor: string, offset: number | undefined, path: Path): Node | undefined {
    const target = this.#anchors.get(anchor);
    if (target) {
      const node = this.#node(target, path);
      this.#unusedAnchors.delete(anchor);
      return node;
    }
    this.#report.addAt("error", this.#position(offset), keyName(path), QUOTE_ASTERISK);
    return undefined;
  }

  // A colour or a password that begins with # was meant: comments have a space after it.
  #warnOfComment({ key }: Pair, path: Path, position: Position): void {
    const end = (key as YamlNode).range?.[1] ?? 0;
    if (!/^\s*:[ \t]+#[^\s#]/.test(this.#text.slice(end, end + MAX_GAP_CHARS))) return;
    const message = "is empty, because # begins a comment: put the value in quotes";
    this.#report.addAt("warning", position, keyName(path), message);
  }

  #refuseSize(value: unknown): void {
    const message = this.#nodes > MAX_NODES
      ? "the file has too many values, or repeats too many with aliases"
      : "sections are nested too deeply, or an alias contains itself";
    if (this.#nodes > MAX_NODES + 1) return; // already reported
    this.#report.addAt("error", this.#position(rangeStart(value)), "", message);
  }

  #position(offset: number | undefined): Position {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

const MERGE = Symbol("<<");

function twice(line: number): string {
  return `is also in line ${line}: mxisd used only one of the two, merge them`;
}

function rangeStart(node: unknown): number | undefined {
  return (node as YamlNode | null | undefined)?.range?.[0];
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}
