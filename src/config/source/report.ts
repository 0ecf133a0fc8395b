/**
 * Collects what is to be said about one configuration.
 *
 * @module
 */

import { keyName, type Path, type Place, type Places } from "./positions.ts";
import { compareProblems, type Problem, type Severity } from "./problem.ts";

/** What is to be said about one configuration, collected from all who look at it. */
export class Report {
  readonly #problems = new Map<string, Problem>();

  /** Takes the file's name and the places of its keys. */
  constructor(readonly file: string, readonly places: Places) {}

  /** Says something about a setting, at its key, or where it is missing, at its section. */
  add(severity: Severity, path: Path, message: string): void {
    const entry = this.places.nearest(path);
    this.addAt(severity, entry.key, keyName(entry.written), message);
  }

  /** Says something about a place in the file. Saying it twice changes nothing. */
  addAt(severity: Severity, place: Place, key: string, message: string): void {
    const problem = {
      file: this.file,
      line: place.line,
      column: place.column,
      key,
      message,
      severity,
    };
    this.addElsewhere(problem);
  }

  /** Says something about another file that this one names. */
  addElsewhere(problem: Problem): void {
    this.#problems.set(JSON.stringify(problem), problem);
  }

  /** Whether something was said to be wrong with a setting, or with a section it stands in. */
  isWrong(path: Path): boolean {
    const { written } = this.places.nearest(path);
    const names = written.map((_step, index) => keyName(written.slice(0, index + 1)));
    return this.problems.some(({ key, severity }) => severity === "error" && names.includes(key));
  }

  /** Whether the configuration cannot be used. */
  get refused(): boolean {
    return this.problems.some((problem) => problem.severity === "error");
  }

  /** All that was said, in the order of the file. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()].sort(compareProblems);
  }
}
