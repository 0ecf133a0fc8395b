/**
 * What is to be said about a configuration.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";

/**
 * `error`: the configuration cannot be used. `warning`: it can, but probably should not be as it
 * is. `notice`: good to know.
 */
export type Severity = "error" | "warning" | "notice";

/** One thing to be said about a configuration, and where. */
export interface Problem {
  /** The file, as it was named when it was asked for. */
  readonly file: string;
  /** The line, counted from 1. */
  readonly line: number;
  /** The column in UTF-16 code units, counted from 1. */
  readonly column: number;
  /** The key as the file has it, such as `matrix.domain`; empty when it concerns the whole file. */
  readonly key: string;
  /** What is wrong, and what to write instead. One line; no secret is in it. */
  readonly message: string;
  /** How bad it is. */
  readonly severity: Severity;
}

/**
 * One line for a terminal or a log: `file:line:column: key: message`, with the severity before the
 * key where it is not an error. Control characters in the file's own words are escaped.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column, key, message, severity } = problem;
  const parts = [`${file}:${line}:${column}`, severity === "error" ? "" : severity, key, message];
  return printable(parts.filter((part) => part !== "").join(": "));
}

/** Orders problems by their place in the file, what is worse before what is not so bad. */
export function compareProblems(a: Problem, b: Problem): number {
  const rank = { error: 0, warning: 1, notice: 2 };
  return a.line - b.line || a.column - b.column || rank[a.severity] - rank[b.severity];
}
