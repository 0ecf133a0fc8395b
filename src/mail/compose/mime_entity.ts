/**
 * The bytes of a MIME entity, and the header fields in them (RFC 5322, section 2.2; RFC 2045).
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** An entity in its two parts. */
export interface MimeEntity {
  /** Each with its continuation lines and the CRLF at its end, a character per octet. */
  readonly fields: readonly EntityField[];
  /** What follows the empty line. */
  readonly body: Uint8Array;
}

/** A header field of an entity. */
export interface EntityField {
  /** The name in lower case. */
  readonly name: string;
  /** The whole field. */
  readonly text: string;
}

/**
 * Takes an entity apart. All line ends become CRLF, so that no server reads one that another does
 * not see. `undefined` when what stands before the empty line are not header fields.
 */
export function parseEntity(bytes: Uint8Array): MimeEntity | undefined {
  // Servers and scanners that stop at a NUL see another mail than the reader does.
  if (bytes.includes(0)) return undefined;
  const text = Buffer.from(bytes).toString("latin1").replace(/\r\n?|\n/g, "\r\n");
  const lines = text === "" || text.endsWith("\r\n") ? text : `${text}\r\n`;
  const end = `\r\n${lines}`.indexOf("\r\n\r\n");
  const header = end < 0 ? lines : lines.slice(0, end);
  const body = end < 0 ? "" : lines.slice(end + 2);
  const fields: EntityField[] = [];
  for (const line of header.match(/[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/g) ?? []) {
    const name = /^([\x21-\x39\x3B-\x7E]+)[ \t]*:/.exec(line)?.[1];
    if (name === undefined) return undefined;
    fields.push({ name: name.toLowerCase(), text: line });
  }
  return { fields, body: Buffer.from(body, "latin1") };
}
