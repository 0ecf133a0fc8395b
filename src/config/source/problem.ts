/**
 * A problem of a configuration.
 *
 * @module
 */

import { printable } from "../../text/printable.ts";

/**
 * `error`: the configuration cannot be used. `warning`: it can, but probably should not be as it
 * is. `notice`: good to know.
 */
export type Severity = "error" | "warning" | "notice";

/** A problem of a configuration, and its position. */
export interface Problem {
  /** The file, as it was named on the command line. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** In UTF-16 code units, counted from 1. */
  readonly column: number;
  /** The key as the file has it, such as `matrix.domain`; empty when it concerns the whole file. */
  readonly key: string;
  /** What is wrong, and what to write instead: one line, without secrets. */
  readonly message: string;
  readonly severity: Severity;
}

/**
 * One line for a terminal or a log: `file:line:column: key: message`, with the severity before the
 * key unless it is an error. Control characters are escaped.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column, key, message, severity } = problem;
  const parts = [`${file}:${line}:${column}`, severity === "error" ? "" : severity, key, message];
  return printable(parts.filter((part) => part !== "").join(": "));
}

/** Orders problems by their position in the file; at one position, the most severe comes first. */
export function compareProblems(a: Problem, b: Problem): number {
  const rank = { error: 0, warning: 1, notice: 2 };
  return a.line - b.line || a.column - b.column || rank[a.severity] - rank[b.severity];
}
