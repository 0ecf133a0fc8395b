/**
 * Formats log records.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { printable } from "../text/printable.ts";
import { paint, type Style } from "./colors.ts";
import { printableJson } from "../text/printable_json.ts";

/** A log record as a line of JSON; characters that a terminal may act on or hide are escaped. */
export function jsonLine(record: LogRecord): string {
  const own = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    part: partOf(record),
    event: eventOf(record),
  };
  // First, and not replaced by properties of the same names.
  return printableJson(JSON.stringify({ ...own, ...record.properties, ...own }, loggable));
}

const LEVEL_STYLES: Readonly<Partial<Record<LogRecord["level"], Style>>> = {
  warning: "yellow",
  error: "red",
  fatal: "red",
};

/** A log record as a line for people to read; with colours, warnings and errors stand out. */
export function readableLine(record: LogRecord, colors = false): string {
  const time = new Date(record.timestamp).toISOString().slice(0, 19).replace("T", " ");
  const name = record.level.toUpperCase().padEnd(7);
  const level = paint(name, LEVEL_STYLES[record.level], colors);
  return `${time} ${level} ${told(record)}`;
}

// The priorities of syslog (sd-daemon(3)).
const PRIORITIES: Readonly<Record<LogRecord["level"], number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** A log record as a line for systemd's journal, which reads its priority and has the time itself. */
export function journalLine(record: LogRecord): string {
  return `<${PRIORITIES[record.level]}>${told(record)}`;
}

function told(record: LogRecord): string {
  const properties = Object.entries(record.properties)
    .map(([key, value]) => [key, loggable(key, value)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? word(value) : asJson(value)}`);
  return `${partOf(record)}: ${printable(eventOf(record))}${properties.join("")}`;
}

function partOf(record: LogRecord): string {
  return record.category.slice(1).join(".") || "main";
}

function eventOf(record: LogRecord): string {
  return record.message.map((part) => typeof part === "string" ? part : asJson(part)).join("");
}

function word(value: string): string {
  return /^[\w!@#$:./+~-]+$/.test(value) ? value : printable(JSON.stringify(value));
}

function asJson(value: unknown): string {
  return printable(JSON.stringify(value, loggable) ?? "");
}

// Errors with their causes, times in ISO 8601. Secrets redact themselves.
function loggable(key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && /^(?:dueAt|until)$/.test(key)) {
    return Number.isFinite(value) && Math.abs(value) < 8.64e15
      ? new Date(value).toISOString()
      : value;
  }
  return value;
}

/** An error in one line: its name, its message and its causes. */
export function describeError(error: unknown): string {
  const texts: string[] = [];
  let current = error;
  while (current instanceof Error && texts.length < 5) {
    texts.push(current.message === "" ? current.name : `${current.name}: ${current.message}`);
    current = current.cause;
  }
  return texts.length === 0 ? String(error) : texts.join(", caused by ");
}
