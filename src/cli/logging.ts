/**
 * Opens logging.
 *
 * @module
 */

import { configure, type LogRecord, reset } from "@logtape/logtape";
import { LOG_LEVELS, type LogLevel } from "../config/sections/logging.ts";
import type { Settings } from "../config/sections/settings.ts";
import { redactor, secretsIn } from "../settings/redact.ts";
import { journalLine, jsonLine, readableLine } from "./log_line.ts";
import type { Streams } from "./streams.ts";

/** The configured level, or a more verbose one from the command line. */
export function levelFor(configured: LogLevel, verbosity: number): LogLevel {
  const requested = verbosity === 0 ? "fatal" : verbosity === 1 ? "debug" : "trace";
  const index = Math.min(LOG_LEVELS.indexOf(configured), LOG_LEVELS.indexOf(requested));
  return LOG_LEVELS[index] ?? configured;
}

// Shorter secrets are parts of words.
const MIN_SECRET_CHARS = 6;

/**
 * Writes log records to standard error until it is disposed of: readable lines on a terminal,
 * otherwise one JSON object per line, unless the settings say how.
 *
 * @param settings Their secrets do not get into the log, even when a server echoes them.
 */
export async function openLogging(
  level: LogLevel,
  streams: Streams,
  settings?: Settings,
): Promise<AsyncDisposable> {
  const formatted = formatterFor(settings?.logging.format ?? "auto", streams);
  const redact = redactor(secretsIn(settings, MIN_SECRET_CHARS));
  const format = (record: LogRecord) => redact(formatted(record));
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

function formatterFor(
  format: Settings["logging"]["format"],
  streams: Streams,
): (record: LogRecord) => string {
  switch (format) {
    case "json":
      return jsonLine;
    case "journal":
      return journalLine;
    case "text":
      return (record) => readableLine(record, streams.errColors);
    case "auto":
      return streams.errIsTerminal ? formatterFor("text", streams) : jsonLine;
  }
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
