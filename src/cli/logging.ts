/**
 * Opens logging.
 *
 * @module
 */

import { configure, type LogRecord, reset } from "@logtape/logtape";
import { LOG_LEVELS, type LogLevel } from "../config/sections/logging.ts";
import { jsonLine, readableLine } from "./log_line.ts";
import type { Streams } from "./streams.ts";

/** The configured level, or a more verbose one from the command line. */
export function levelFor(configured: LogLevel, verbosity: number): LogLevel {
  const requested = verbosity === 0 ? "fatal" : verbosity === 1 ? "debug" : "trace";
  const index = Math.min(LOG_LEVELS.indexOf(configured), LOG_LEVELS.indexOf(requested));
  return LOG_LEVELS[index] ?? configured;
}

/**
 * Writes log records to standard error until it is disposed of: readable lines on a terminal,
 * otherwise one JSON object per line.
 */
export async function openLogging(level: LogLevel, streams: Streams): Promise<AsyncDisposable> {
  const format = streams.errIsTerminal ? readableLine : jsonLine;
  streams.describeDropped?.((lines) => format(droppedRecord(lines)));
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

// Not logged as others are: whatever the level, nobody should take the log for complete.
function droppedRecord(lines: number): LogRecord {
  const event = "log lines dropped";
  return {
    category: ["appservice-mxisd", "app"],
    level: "warning",
    message: [event],
    rawMessage: event,
    timestamp: Date.now(),
    properties: { lines },
  };
}
