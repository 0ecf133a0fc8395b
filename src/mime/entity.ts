/**
 * Parses MIME entities (RFC 2045, RFC 2046) and says where they are broken.
 *
 * Entities are byte strings, whose lines end with LF.
 *
 * @module
 */

import { quoted } from "../text/printable.ts";
import { fromBytes, toBytes } from "./bytes.ts";
import { decodeCharset, isUtf8 } from "./charset.ts";

/** A header field as it was written, continuation lines included. */
export interface Field {
  /** The name in lower case. */
  readonly name: string;
  /** Everything, without the last line break. */
  readonly source: string;
  /** What follows the colon, on one line. */
  readonly value: string;
  /** The line it starts at, counted from 1. */
  readonly line: number;
}

/** Header fields and a body. */
export interface Entity {
  /** The whole entity, as it was written. */
  readonly source: string;
  /** In their order. */
  readonly fields: readonly Field[];
  /** Whether all lines above the body are header fields. */
  readonly hasValidHeader: boolean;
  /** What follows the empty line below the fields. */
  readonly body: string;
  /** The line the body starts at, counted from 1. */
  readonly bodyLine: number;
  /** The type and subtype, in lower case; `text/plain` where none is given. */
  readonly mediaType: string;
  /** The parameters of the Content-Type, their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The body of a multipart in its pieces; empty where it cannot be taken apart. */
  readonly pieces: readonly Piece[];
}

/** A piece of a multipart's body. Joined, the pieces are the body. */
export type Piece =
  | { readonly kind: "part"; readonly entity: Entity }
  /** The line between parts, with the line breaks that belong to it. */
  | { readonly kind: "delimiter"; readonly text: string }
  /** Text before the first part or after the last one, which no mail client shows. */
  | { readonly kind: "hidden"; readonly text: string };

/** What is wrong with a file, and where. */
export interface FileProblem {
  /** Counted from 1. */
  readonly line: number;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

/** How deep multiparts may be nested. Mail programs do not nest them deeper. */
export const MAX_DEPTH = 20;

/** Parses an entity. What is wrong with it or with one of its parts is added to `problems`. */
export function parseEntity(source: string, problems: FileProblem[] = []): Entity {
  return parseAt(source, 1, 0, problems);
}

/**
 * Parses an entity that is going to be sent. CR, LF and CRLF all end lines, so that all servers see
 * the same lines, and the last line gets an end if it has none. `undefined` when the lines above
 * the body are not header fields, or when there is a NUL.
 */
export function parseEntityBytes(bytes: Uint8Array): Entity | undefined {
  // Servers and scanners that stop at a NUL see another mail than the reader does.
  if (bytes.includes(0)) return undefined;
  const entity = parseEntity(fromBytes(bytes).replace(/\r\n?/g, "\n").replace(/[^\n]$/, "$&\n"));
  return entity.hasValidHeader ? entity : undefined;
}

/** Writes an entity of fields, each like {@linkcode Field.source}, and a body. */
export function writeEntity(fields: readonly string[], body: string): string {
  return [...fields, "", body].join("\n");
}

/** The bytes of an entity as it is sent, in lines that end with CRLF. */
export function entityBytes(source: string): Uint8Array<ArrayBuffer> {
  return toBytes(source.replaceAll("\n", "\r\n"));
}

/** The first field of a name. */
export function fieldOf(entity: Pick<Entity, "fields">, name: string): Field | undefined {
  return entity.fields.find((field) => field.name === name);
}

/** The parts of a multipart. */
export function partsOf({ pieces }: Entity): readonly Entity[] {
  return pieces.flatMap((piece) => piece.kind === "part" ? [piece.entity] : []);
}

function parseAt(source: string, line: number, depth: number, problems: FileProblem[]): Entity {
  const end = /^\n|\n\n/.exec(source);
  const bodyStart = end === null ? source.length : end.index + end[0].length;
  const header = end === null ? source.replace(/\n$/, "") : source.slice(0, end.index);
  const body = source.slice(bodyStart);
  const bodyLine = line + countLines(source.slice(0, bodyStart));
  const known = problems.length;
  const fields = parseFields(header, line, problems);
  const hasValidHeader = problems.length === known;
  const type = fieldOf({ fields }, "content-type");
  const content = parseContentType(type?.value ?? "");
  const pieces = content.mediaType.startsWith("multipart/")
    ? parseMultipart({ ...content, body, bodyLine, line: type?.line ?? line }, depth, problems)
    : [];
  return { source, fields, hasValidHeader, body, bodyLine, ...content, pieces };
}

function parseFields(header: string, line: number, problems: FileProblem[]): Field[] {
  const fields: Field[] = [];
  let at = line;
  for (const source of header === "" ? [] : header.split(/\n(?![ \t])/)) {
    const match = /^([\x21-\x39\x3B-\x7E]+)[ \t]*:([^]*)$/.exec(source);
    if (match) {
      const value = (match[2] ?? "").replace(/\n(?=[ \t])/g, "").trim();
      fields.push({ name: (match[1] ?? "").toLowerCase(), source, value, line: at });
    } else {
      const message = `expected a header field such as "Subject: ...", or an empty line before ` +
        `the body, instead of ${quotedBytes(source)}`;
      problems.push({ line: at, message });
    }
    at += 1 + countLines(source);
  }
  return fields;
}

/** The media type, `text/plain` where none is given, and the parameters. */
function parseContentType(value: string): Pick<Entity, "mediaType" | "parameters"> {
  const mediaType = /^[^\s;]+\/[^\s;]+/.exec(value)?.[0].toLowerCase() ?? "text/plain";
  const parameters = new Map<string, string>();
  const parameter = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/g;
  for (const [, name = "", quoted, token = ""] of value.matchAll(parameter)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? token);
  }
  return { mediaType, parameters };
}

interface Multipart extends Pick<Entity, "mediaType" | "parameters" | "body" | "bodyLine"> {
  /** The line of its Content-Type. */
  readonly line: number;
}

function parseMultipart(
  { mediaType, parameters, body, bodyLine, line }: Multipart,
  depth: number,
  problems: FileProblem[],
): readonly Piece[] {
  const boundary = parameters.get("boundary") ?? "";
  function broken(message: string): readonly Piece[] {
    problems.push({ line, message });
    return [];
  }
  if (boundary === "") return broken(`${mediaType} needs a boundary: boundary="..."`);
  if (depth >= MAX_DEPTH) return broken(`parts are nested more than ${MAX_DEPTH} deep`);
  const pieces = splitMultipart(body, boundary);
  if (!pieces.some(({ kind }) => kind === "part")) {
    return broken(`no line ${quotedBytes(`--${boundary}`)} follows: no part starts`);
  }
  let at = bodyLine;
  return pieces.map(({ kind, text }) => {
    const start = at;
    at += countLines(text);
    return kind === "part"
      ? { kind, entity: parseAt(text, start, depth + 1, problems) }
      : { kind, text };
  });
}

function splitMultipart(
  body: string,
  boundary: string,
): readonly { readonly kind: Piece["kind"]; readonly text: string }[] {
  const delimiter = new RegExp(`^--${RegExp.escape(boundary)}(--)?[ \\t]*$`, "gm");
  const pieces: { kind: Piece["kind"]; text: string }[] = [];
  let between: "part" | "hidden" = "hidden";
  let end = 0;
  for (const match of body.matchAll(delimiter)) {
    // The line break before a delimiter belongs to it (RFC 2046, section 5.1.1).
    const start = Math.max(end, match.index - 1);
    pieces.push({ kind: between, text: body.slice(end, start) });
    end = match.index + match[0].length + 1;
    pieces.push({ kind: "delimiter", text: body.slice(start, end) });
    between = match[1] === undefined ? "part" : "hidden";
    if (between === "hidden") break;
  }
  // Without the closing delimiter, the last part goes on to the end.
  return [...pieces, { kind: between, text: body.slice(end) }];
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

// Files are UTF-8 as a rule.
function quotedBytes(bytes: string): string {
  return quoted(isUtf8(bytes) ? decodeCharset(bytes, "utf-8") ?? bytes : bytes);
}
