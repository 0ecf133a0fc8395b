/**
 * Collects the problems of a configuration.
 *
 * @module
 */

import { keyName, type Path, type Position, type Positions } from "./positions.ts";
import { compareProblems, type Problem, type Severity } from "./problem.ts";

/** The problems of a configuration. */
export class Report {
  readonly #problems = new Map<string, Problem>();

  /** Takes the file's name and the positions of its keys. */
  constructor(readonly file: string, readonly positions: Positions) {}

  /** Adds a problem of a setting, at its key, or at its section if the key is missing. */
  add(severity: Severity, path: Path, message: string): void {
    const entry = this.positions.nearest(path);
    this.addAt(severity, entry.key, keyName(entry.written), message);
  }

  /** Adds a problem at a position in the file. Adding it twice has no effect. */
  addAt(severity: Severity, { line, column }: Position, key: string, message: string): void {
    this.addElsewhere({ file: this.file, line, column, key, message, severity });
  }

  /** Adds a problem of another file that this one names. */
  addElsewhere(problem: Problem): void {
    this.#problems.set(JSON.stringify(problem), problem);
  }

  /** Whether a setting, or a section that contains it, has an error. */
  isWrong(path: Path): boolean {
    const { written } = this.positions.nearest(path);
    const names = written.map((_step, index) => keyName(written.slice(0, index + 1)));
    return this.problems.some(({ key, severity }) => severity === "error" && names.includes(key));
  }

  /** Whether there is an error, so that the configuration cannot be used. */
  get refused(): boolean {
    return this.problems.some((problem) => problem.severity === "error");
  }

  /** All problems, in the order of the file. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()].sort(compareProblems);
  }
}
