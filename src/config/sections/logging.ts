/**
 * The section `logging`: what is logged.
 *
 * @module
 */

import { choice, parsed } from "../../settings/kinds.ts";
import { notation } from "../../settings/scalar.ts";
import { section } from "../../settings/section.ts";

/** The log levels, from everything to only the worst. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;

/** A log level. */
export type LogLevel = typeof LOG_LEVELS[number];

/** A level by its own name or by that of mxisd's logger, ignoring case. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const word = text.toLowerCase();
  if (word === "warn") return "warning";
  if (word === "off") return "fatal";
  return LOG_LEVELS.find((level) => level === word);
}

/** How log lines are written. */
export const LOG_FORMATS = ["auto", "json", "text", "journal"] as const;

/** The section `logging`. */
export const loggingSection = section("What is logged.", {
  level: parsed(parseLogLevel, `one of ${LOG_LEVELS.join(", ")}`)
    .register(notation, { write: String }).prefault("info").describe(
      "The least level that is logged: trace, debug, info, warning, error or fatal. The environment " +
        "variable MXISD_LOG_LEVEL and the option -v take precedence.",
    ),
  format: choice(LOG_FORMATS).prefault("auto").describe(
    "How lines are written: json, text, journal (text with the priority that systemd's journal reads, " +
      "and without the time, which it has itself), or auto (text at a terminal, else json).",
  ),
});
