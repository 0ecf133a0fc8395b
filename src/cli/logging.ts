/**
 * Where log records go.
 *
 * @module
 */

import { configure, reset } from "@logtape/logtape";
import { LOG_LEVELS, type LogLevel } from "../config/sections/logging.ts";
import { jsonLine, readableLine } from "./log_line.ts";
import type { Streams } from "./streams.ts";

/** The level, made louder by the command line. */
export function levelFor(configured: LogLevel, verbosity: number): LogLevel {
  const asked = verbosity === 0 ? "fatal" : verbosity === 1 ? "debug" : "trace";
  const loudest = Math.min(LOG_LEVELS.indexOf(configured), LOG_LEVELS.indexOf(asked));
  return LOG_LEVELS[loudest] ?? configured;
}

/**
 * Sends log records to the stream for problems, until it is disposed of: readable for a person, a
 * JSON object a line for a program.
 */
export async function openLogging(level: LogLevel, streams: Streams): Promise<AsyncDisposable> {
  const format = streams.errIsTerminal ? readableLine : jsonLine;
  await configure({
    reset: true,
    sinks: { stream: (record) => streams.err(format(record)) },
    loggers: [
      { category: ["appservice-mxisd"], lowestLevel: level, sinks: ["stream"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stream"] },
    ],
  });
  return { [Symbol.asyncDispose]: reset };
}
