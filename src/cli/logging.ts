/**
 * Opens logging.
 *
 * @module
 */

import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
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

/** Logging, until it is disposed of. */
export interface Logging extends AsyncDisposable {
  /** Keeps the secrets of other settings out of the log as well. */
  hide(settings: Settings): void;
  /** Goes on as other settings say. The secrets of those before are still kept out of the log. */
  renew(level: LogLevel, settings: Settings): void;
}

/**
 * Writes log records to standard error until it is disposed of: readable lines on a terminal,
 * otherwise one JSON object per line, unless the settings say how.
 *
 * @param settings Their secrets do not get into the log, even when a server echoes them.
 */
// deno-lint-ignore require-await -- what opens a log may take time one day
export async function openLogging(
  level: LogLevel,
  streams: Streams,
  settings?: Settings,
): Promise<Logging> {
  const secrets = new Set<string>();
  let redact: (line: string) => string;

  function hide(settings: Settings | undefined): void {
    for (const secret of secretsIn(settings, MIN_SECRET_CHARS)) secrets.add(secret);
    redact = redactor(secrets);
  }

  function start(level: LogLevel, settings?: Settings): void {
    hide(settings);
    const formatted = formatterFor(settings?.logging.format ?? "auto", streams);
    const format = (record: LogRecord) => redact(formatted(record));
    streams.describeDropped?.((lines) => format(droppedRecord(lines)));
    // At once, so that no line is lost in between.
    configureSync({
      reset: true,
      sinks: { stream: (record) => streams.err(format(record)) },
      loggers: [
        { category: ["appservice-mxisd"], lowestLevel: level, sinks: ["stream"] },
        { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stream"] },
      ],
    });
  }

  start(level, settings);
  return {
    hide,
    renew: start,
    // deno-lint-ignore require-await -- as above
    [Symbol.asyncDispose]: async () => resetSync(),
  };
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
