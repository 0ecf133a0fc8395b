/**
 * The YAML text of a registration file: what stands where, and what is wrong with it.
 *
 * Three YAML readers take turns on such a file. Synapse's and Dendrite's know version 1.1, where
 * `yes` is a boolean and `1_000` a number; the Conduit family's knows version 1.2. What only some
 * of them would read as text is reported.
 *
 * @module
 */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parse,
  parseDocument,
  type Scalar,
} from "yaml";
import { printable } from "../../text/printable.ts";
import { describeMistake } from "../source/yaml_errors.ts";

/** A place in a file. Both numbers start at 1. */
export interface Position {
  /** The line. */
  readonly line: number;
  /** The column, in UTF-16 code units. */
  readonly column: number;
}

/** Something that is wrong with a registration, or that its administrator should know. */
export interface Finding {
  /** What it is about, such as `namespaces.users[0].regex`; empty for the file as a whole. */
  readonly key: string;
  /**
   * `error`: a homeserver refuses it, or no invite arrives. `warning`: it works, but not as it
   * should. `notice`: harmless.
   */
  readonly severity: "error" | "warning" | "notice";
  /** What is wrong and what to write instead, in one line, without secrets. */
  readonly message: string;
}

/** A finding, and where in the file it is. */
export interface RegistrationProblem extends Finding, Position {}

/** Reads values by key, and collects what is wrong with them. */
export class RegistrationSource {
  /** What was found wrong, in the order of reading. */
  readonly problems: RegistrationProblem[] = [];
  /** Where each value stands that was read. */
  readonly positions: Map<string, Position> = new Map();
  /** The document's content, `undefined` when it is no YAML. */
  readonly root: unknown;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** Takes the whole text of the file. */
  constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      logLevel: "error", // "silent" would pass over a second document
      // The pretty messages quote the file, and so its tokens.
      prettyErrors: false,
      stringKeys: true,
    });
    for (const error of this.#document.errors) {
      this.positions.set("", this.#position(error.pos[0]));
      const twice = error.code === "DUPLICATE_KEY";
      this.report("error", "", twice ? "this key stands twice: keep one" : describeMistake(error));
    }
    this.positions.set("", { line: 1, column: 1 });
    const root = this.#document.contents ?? undefined;
    this.root = this.#document.errors.length > 0 ? undefined : root;
  }

  /** Notes a problem with a key, where the key was last seen. */
  report(severity: Finding["severity"], key: string, message: string): void {
    this.problems.push(problemAt(this.positions, severity, key, message));
  }

  /** What a map holds, by key; `undefined` when it is no map. Keys are remembered below `path`. */
  fields(node: unknown, path: string): Map<string, unknown> | undefined {
    const map = this.#resolve(node);
    if (!isMap(map)) return undefined;
    const fields = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      this.#remember(path === "" ? name : `${path}.${name}`, key);
      fields.set(name, value);
    }
    return fields;
  }

  /** What a list holds; `undefined` when it is no list. Entries are remembered below `path`. */
  list(node: unknown, path: string): unknown[] | undefined {
    const list = this.#resolve(node);
    if (!isSeq(list)) return undefined;
    list.items.forEach((item, index) => this.#remember(`${path}[${index}]`, item));
    return list.items;
  }

  /** A scalar's value, `null` for a null or nothing, `undefined` for a map or a list. */
  scalar(node: unknown): unknown {
    const scalar = this.#resolve(node);
    if (scalar === null || scalar === undefined) return null;
    return isScalar(scalar) ? scalar.value : undefined;
  }

  /**
   * The text of a scalar as it is written, `undefined` when it is no scalar or nothing. What some
   * homeserver reads as a number, a boolean or a date is reported.
   */
  text(node: unknown, key: string): string | undefined {
    const scalar = this.#resolve(node);
    if (!isScalar(scalar) || scalar.value === null) return undefined;
    const text = typeof scalar.value === "string" ? scalar.value : scalar.source;
    if (text === undefined) return undefined;
    const kind = otherThanText(scalar);
    if (kind) {
      this.report("error", key, `is read as ${kind}, not as text: put it between quotes`);
    }
    return text;
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #remember(key: string, node: unknown): void {
    const start = (node as Node | null)?.range?.[0];
    if (start !== undefined) this.positions.set(key, this.#position(start));
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** A problem with a key, at the key's place, or else at the place of what should hold it. */
export function problemAt(
  positions: ReadonlyMap<string, Position>,
  severity: Finding["severity"],
  key: string,
  message: string,
): RegistrationProblem {
  let holder = key;
  while (holder !== "" && !positions.has(holder)) holder = holder.replace(/(^|\.|\[)[^.[]*$/, "");
  const { line, column } = positions.get(holder) ?? { line: 1, column: 1 };
  return { line, column, key: printable(key.slice(0, 100)), severity, message };
}

function otherThanText({ value, source, type }: Scalar): string | undefined {
  if (typeof value !== "string") return `a ${typeof value}`;
  if (type !== "PLAIN" || source === undefined || /[\r\n]/.test(source)) return undefined;
  const old: unknown = parse(source, { schema: "yaml-1.1", logLevel: "silent" });
  if (typeof old === "string") return undefined;
  return old instanceof Date ? "a date" : old === null ? "nothing" : `a ${typeof old}`;
}
