/**
 * Comma-separated values (RFC 4180).
 *
 * @module
 */

/** A record: its fields, and the line that it begins in, counted from 1. */
export interface CsvRecord {
  /** The line. */
  readonly line: number;
  /** The fields, as many as the first record has. */
  readonly fields: readonly string[];
}

/** What a text comes to: its records, the header among them, or the first thing wrong with it. */
export type ParsedCsv =
  | { readonly kind: "records"; readonly records: readonly CsvRecord[] }
  | { readonly kind: "broken"; readonly line: number; readonly why: string };

// A field and what ends it: a comma, a line's end, or nothing at the end of the text.
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/**
 * Reads a text. Lines end with CRLF or LF, a byte order mark is dropped, and all records have as
 * many fields as the first one. Blanks belong to their field. Nothing is guessed: what the grammar
 * does not have is broken.
 */
export function parseCsv(text: string): ParsedCsv {
  const source = text.replace(/^\uFEFF/, "");
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let begin = 1;
  for (let at = 0; at < source.length || fields.length > 0;) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(source);
    if (!match) return { kind: "broken", line, why: explain(source, at) };
    const [whole, quoted, plain = "", end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    at += whole.length;
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    const wanted = records[0]?.fields.length ?? fields.length;
    if (fields.length !== wanted) {
      const why =
        `${wanted} fields are expected, as in the first line, and there are ${fields.length}`;
      return { kind: "broken", line: begin, why };
    }
    records.push({ line: begin, fields });
    fields = [];
    begin = line;
  }
  return { kind: "records", records };
}

function explain(source: string, at: number): string {
  if (source[at] !== '"') return "a quotation mark stands inside a field without quotation marks";
  const closed = /"(?:[^"]|"")*"(?!")/y;
  closed.lastIndex = at;
  return closed.test(source)
    ? "something stands between a closing quotation mark and the comma"
    : "a quotation mark is not closed";
}
