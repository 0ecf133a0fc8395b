/**
 * Parses comma-separated values (RFC 4180).
 *
 * @module
 */

/** A record. */
export interface CsvRecord {
  /** The line in which it begins, counted from 1. */
  readonly line: number;
  /** As many as the first record has. */
  readonly fields: readonly string[];
}

/** All records of a text, including the header, or its first error. */
export type ParsedCsv =
  | { readonly kind: "records"; readonly records: readonly CsvRecord[] }
  | { readonly kind: "invalid"; readonly line: number; readonly reason: string };

// A field and what ends it: a comma, a line break, or the end of the text.
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * Parses a text. Lines end with CRLF or LF, a byte order mark is dropped, spaces belong to their
 * field, and all records must have as many fields as the first one.
 */
export function parseCsv(text: string): ParsedCsv {
  const source = text.replace(/^\uFEFF/, "");
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let start = 1;
  for (let offset = 0; offset < source.length || fields.length > 0;) {
    FIELD.lastIndex = offset;
    const match = FIELD.exec(source);
    if (!match) return { kind: "invalid", line, reason: describeError(source, offset) };
    const [whole, quoted, plain = "", end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    offset += whole.length;
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    const expected = records[0]?.fields.length ?? fields.length;
    if (fields.length !== expected) {
      const reason =
        `expected ${expected} fields, as in the first line, but found ${fields.length}`;
      return { kind: "invalid", line: start, reason };
    }
    records.push({ line: start, fields });
    fields = [];
    start = line;
  }
  return { kind: "records", records };
}

function describeError(source: string, offset: number): string {
  if (source[offset] !== '"') return "a quotation mark inside a field without quotation marks";
  const closed = /"(?:[^"]|"")*"(?!")/y;
  closed.lastIndex = offset;
  return closed.test(source)
    ? "text between a closing quotation mark and the comma"
    : "a quotation mark is not closed";
}
