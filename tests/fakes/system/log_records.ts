import { configure, type LogRecord, reset } from "@logtape/logtape";

/** What the program logged while this was open. */
export interface LogRecords extends AsyncDisposable {
  readonly records: readonly LogRecord[];
  /** The messages at a level, with their data. */
  at(level: LogRecord["level"]): readonly (readonly [string, Readonly<Record<string, unknown>>])[];
  /** Everything that was said above debug, as one text to search. */
  spoken(): string;
}

/** Collects all log records of the program; what the test's own process logs is not touched. */
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
    spoken: () =>
      records.filter(({ level }) => level !== "debug" && level !== "trace")
        .map(({ message, properties }) =>
          Deno.inspect([message, properties], { depth: 10, strAbbreviateSize: 1e6 })
        ).join("\n"),
    [Symbol.asyncDispose]: reset,
  };
}
