/**
 * Logs the problems of a configuration.
 *
 * @module
 */

import type { Problem } from "../../config/source/problem.ts";
import { openLog } from "../../system/log_events.ts";

const log = openLog("app");

/** Logs a warning or a notice. */
export function logProblem(problem: Problem): void {
  const { severity, key, message } = problem;
  const data = { place: placeOf(problem), key, message };
  if (severity === "notice") log.info("configuration notice", data);
  else log.warn("configuration warning", data);
}

/** Logs the first error of a configuration that is not used, and where the others are. */
export function logRefused(problems: readonly Problem[], advice: string): void {
  const [first, ...others] = problems.filter(({ severity }) => severity === "error");
  if (first === undefined) return;
  log.error("configuration not reloaded", {
    place: placeOf(first),
    key: first.key,
    reason: first.message,
    ...others.length > 0 ? { more: others.map(placeOf) } : {},
    advice,
  });
}

function placeOf({ file, line, column }: Problem): string {
  return `${file}:${line}:${column}`;
}
