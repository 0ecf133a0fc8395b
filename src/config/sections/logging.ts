/**
 * The section `logging`: how much is told.
 *
 * @module
 */

import { parsed } from "../../settings/kinds.ts";
import { notation } from "../../settings/scalar.ts";
import { section } from "../../settings/section.ts";

/** How much is told, from everything to the worst only. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;

/** How much is told. */
export type LogLevel = typeof LOG_LEVELS[number];

/** A level in our own words, in those of mxisd's logger, or in capitals. */
export function parseLogLevel(text: string): LogLevel | undefined {
  const word = text.toLowerCase();
  if (word === "warn") return "warning";
  if (word === "off") return "fatal";
  return LOG_LEVELS.find((level) => level === word);
}

/** The section `logging`. */
export const loggingSection = section("How much is told.", {
  level: parsed(parseLogLevel, `one of ${LOG_LEVELS.join(", ")}`)
    .register(notation, { write: String }).prefault("info").describe(
      "How much is logged: trace, debug, info, warning, error or fatal. The environment variable " +
        "MXISD_LOG_LEVEL and -v go before it.",
    ),
});
