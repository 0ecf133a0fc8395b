import { configure, type LogRecord, reset } from "@logtape/logtape";

/** The log records of the program since this was opened. */
export interface LogRecords extends AsyncDisposable {
  readonly records: readonly LogRecord[];
  /** The messages at a level with their properties. */
  at(level: LogRecord["level"]): readonly (readonly [string, Readonly<Record<string, unknown>>])[];
  /** All records above debug as one text to search. */
  text(): string;
}

/** Collects all log records of the program in this process. */
export async function collectLogs(): Promise<LogRecords> {
  const records: LogRecord[] = [];
  await configure({
    reset: true,
    sinks: { records: (record) => void records.push(record) },
    loggers: [
      { category: "appservice-mxisd", lowestLevel: "debug", sinks: ["records"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  return {
    records,
    at: (level) =>
      records.filter((record) => record.level === level)
        .map((record) => [record.message.join(""), record.properties] as const),
    text: () =>
      records.filter(({ level }) => level !== "debug" && level !== "trace")
        .map(({ message, properties }) =>
          Deno.inspect([message, properties], { depth: 10, strAbbreviateSize: 1e6 })
        ).join("\n"),
    [Symbol.asyncDispose]: reset,
  };
}
