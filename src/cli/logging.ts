/**
 * Where log records go, and what they look like there.
 *
 * @module
 */

import { configure, dispose, type LogRecord } from "@logtape/logtape";
import { LOG_LEVELS, type LogLevel } from "../config/sections/logging.ts";
import { printable } from "../domain/printable.ts";
import type { Streams } from "./streams.ts";

/** The level, made louder by the command line. */
export function levelFor(configured: LogLevel, verbosity: number): LogLevel {
  const asked = verbosity === 0 ? "fatal" : verbosity === 1 ? "debug" : "trace";
  const loudest = Math.min(LOG_LEVELS.indexOf(configured), LOG_LEVELS.indexOf(asked));
  return LOG_LEVELS[loudest] ?? configured;
}

/** Sends log records to the stream: readable for a person, a JSON object a line for a program. */
export async function configureLogging(level: LogLevel, streams: Streams): Promise<void> {
  const format = streams.errIsTerminal ? readableLine : jsonLine;
  await configure({
    reset: true,
    sinks: { stream: (record) => streams.err(format(record)) },
    loggers: [
      { category: ["appservice-mxisd"], lowestLevel: level, sinks: ["stream"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stream"] },
    ],
  });
}

/** Stops logging. */
export function endLogging(): Promise<void> {
  return dispose();
}

/** A log record as a line of JSON. */
export function jsonLine(record: LogRecord): string {
  const line = JSON.stringify({
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    part: partOf(record),
    event: eventOf(record),
    ...Object.fromEntries(
      Object.entries(record.properties).map(([key, value]) => [key, told(key, value)]),
    ),
  });
  // JSON leaves the controls beyond ASCII as they are, and some terminals act on them.
  return line.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A log record as a line for a person. */
export function readableLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString().slice(0, 19).replace("T", " ");
  const properties = Object.entries(record.properties)
    .map(([key, value]) => [key, told(key, value)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? word(value) : asJson(value)}`);
  const level = record.level.toUpperCase().padEnd(7);
  return `${time} ${level} ${partOf(record)}: ${printable(eventOf(record))}${properties.join("")}`;
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
  return printable(JSON.stringify(value) ?? "");
}

// What a property's value looks like: errors with their causes, times as times.
function told(key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value === "number" && /^(?:dueAt|until)$/.test(key)) {
    return Number.isFinite(value) && Math.abs(value) < 8.64e15
      ? new Date(value).toISOString()
      : value;
  }
  return value;
}

/** An error in a line: its kind, its message and what caused it. */
export function describeError(error: unknown): string {
  const texts: string[] = [];
  let current = error;
  while (current instanceof Error && texts.length < 5) {
    texts.push(current.message === "" ? current.name : `${current.name}: ${current.message}`);
    current = current.cause;
  }
  return texts.length === 0 ? String(error) : texts.join(", because of ");
}
