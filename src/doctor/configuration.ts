/**
 * Reports the problems of the configuration file.
 *
 * @module
 */

import type { Problem } from "../config/source/problem.ts";
import { type Check, error, ok, warning } from "./finding.ts";

/**
 * The errors and warnings as checks, each by its key; one check if there is nothing to correct. What is
 * only good to know is left to `config check`.
 */
export function checkConfiguration(file: string, problems: readonly Problem[]): readonly Check[] {
  const checks = problems.filter(({ severity }) => severity !== "notice")
    .map(({ file, line, column, key, message, severity }) => {
      const make = severity === "error" ? error : warning;
      const place = key === "" ? file : `${file}:${line}:${column}`;
      return make(key === "" ? "file" : key, message, `Correct ${place}.`);
    });
  return checks.length === 0 ? [ok("file", `${file} is valid`)] : checks;
}
