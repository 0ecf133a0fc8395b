/**
 * Reads the YAML of a registration file, with positions and problems.
 *
 * Homeservers have different YAML parsers. Synapse's and Dendrite's read version 1.1, where `yes` is
 * a boolean and `1_000` a number; the Conduit family's reads version 1.2. A value that not all of
 * them read as text is reported.
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
import type { Position } from "../source/positions.ts";
import type { Severity } from "../source/problem.ts";
import { describeYamlError } from "../source/yaml_errors.ts";

/** An issue of a registration. */
export interface RegistrationIssue {
  /** What it is about, such as `namespaces.users[0].regex`; empty for the file as a whole. */
  readonly key: string;
  /**
   * `error`: a homeserver refuses the file, or no invite arrives. `warning`: it works, but not as it
   * should. `notice`: harmless.
   */
  readonly severity: Severity;
  /** What is wrong and what to write instead: one line, without secrets. */
  readonly message: string;
}

/** An issue and its position in the file. */
export interface RegistrationProblem extends RegistrationIssue, Position {}

/** Reads values by key, and collects their problems. */
export class RegistrationSource {
  /** In the order of reading. */
  readonly problems: RegistrationProblem[] = [];
  /** The position of each key that was read. */
  readonly positions: Map<string, Position> = new Map();
  /** The document's content, `undefined` when it is not valid YAML. */
  readonly root: unknown;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** Takes the whole text of the file. */
  constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      logLevel: "error", // "silent" would ignore a second document
      // Pretty messages quote the file, including its tokens.
      prettyErrors: false,
      stringKeys: true,
    });
    for (const error of this.#document.errors) {
      this.positions.set("", this.#position(error.pos[0]));
      const isDuplicate = error.code === "DUPLICATE_KEY";
      const message = isDuplicate ? "this key is duplicated: keep one" : describeYamlError(error);
      this.report("error", "", message);
    }
    this.positions.set("", { line: 1, column: 1 });
    const root = this.#document.contents ?? undefined;
    this.root = this.#document.errors.length > 0 ? undefined : root;
  }

  /** Adds a problem of a key, at the position where the key was last read. */
  report(severity: Severity, key: string, message: string): void {
    this.problems.push(problemAt(this.positions, severity, key, message));
  }

  /** A map's values by key, `undefined` for other values. Positions are recorded below `path`. */
  fields(node: unknown, path: string): Map<string, unknown> | undefined {
    const map = this.#resolve(node);
    if (!isMap(map)) return undefined;
    const fields = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      this.#record(path === "" ? name : `${path}.${name}`, key);
      fields.set(name, value);
    }
    return fields;
  }

  /** A list's items, `undefined` for other values. Positions are recorded below `path`. */
  list(node: unknown, path: string): unknown[] | undefined {
    const list = this.#resolve(node);
    if (!isSeq(list)) return undefined;
    list.items.forEach((item, index) => this.#record(`${path}[${index}]`, item));
    return list.items;
  }

  /** A scalar's value, `null` if it is null or absent, `undefined` for a map or a list. */
  scalar(node: unknown): unknown {
    const scalar = this.#resolve(node);
    if (scalar === null || scalar === undefined) return null;
    return isScalar(scalar) ? scalar.value : undefined;
  }

  /**
   * The text of a scalar as it is written, `undefined` for other values. A scalar that some
   * homeserver reads as a number, a boolean or a date is reported.
   */
  text(node: unknown, key: string): string | undefined {
    const scalar = this.#resolve(node);
    if (!isScalar(scalar) || scalar.value === null) return undefined;
    const text = typeof scalar.value === "string" ? scalar.value : scalar.source;
    if (text === undefined) return undefined;
    const kind = otherThanText(scalar);
    if (kind) {
      this.report("error", key, `is read as ${kind}, not as text: put it in quotes`);
    }
    return text;
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #record(key: string, node: unknown): void {
    const start = (node as Node | null)?.range?.[0];
    if (start !== undefined) this.positions.set(key, this.#position(start));
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** A problem of a key, at the position of the key, or else of the section that it belongs to. */
export function problemAt(
  positions: ReadonlyMap<string, Position>,
  severity: Severity,
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
