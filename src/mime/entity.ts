/**
 * Reads a MIME entity (RFC 2045, RFC 2046) apart, and says where it is broken.
 *
 * Bytes are held as a string of characters U+0000 to U+00FF, so that nothing is lost in parts that
 * are not text; lines end with LF.
 *
 * @module
 */

/** A header field as it was written, continuation lines included. */
export interface Field {
  /** The name in lower case. */
  readonly name: string;
  /** Everything, without the last line break. */
  readonly source: string;
  /** What stands behind the colon, on one line. */
  readonly value: string;
  /** Where it starts, counted from 1. */
  readonly line: number;
}

/** Header fields, and either a body or parts. */
export interface Entity {
  /** In their order. */
  readonly fields: readonly Field[];
  /** What stands below the fields; empty for a multipart. */
  readonly body: string;
  /** Where the body starts, counted from 1. */
  readonly bodyLine: number;
  /** The type and subtype, in lower case. */
  readonly mediaType: string;
  /** The parameters of the Content-Type, their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The parts of a multipart. */
  readonly parts: readonly Entity[];
}

/** What is wrong with an entity, and where. */
export interface EntityProblem {
  /** Counted from 1. */
  readonly line: number;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

const DEEPEST = 20;

/** Reads an entity. What is wrong is added to `problems`; the result is then of no use. */
export function parseEntity(source: string, problems: EntityProblem[]): Entity {
  return readEntity(source.replaceAll("\r\n", "\n"), 1, 0, problems);
}

/** The first field of a name. */
export function fieldOf(entity: Entity, name: string): Field | undefined {
  return entity.fields.find((field) => field.name === name);
}

function readEntity(
  source: string,
  line: number,
  depth: number,
  problems: EntityProblem[],
): Entity {
  const end = /^\n|\n\n/.exec(source);
  const header = end ? source.slice(0, end.index) : source.replace(/\n$/, "");
  const body = end ? source.slice(end.index + end[0].length) : "";
  const fields = readFields(header, line, problems);
  const bodyLine = line + (end ? lines(source.slice(0, end.index + end[0].length)) : lines(source));
  const type = fields.find((field) => field.name === "content-type");
  const { mediaType, parameters } = parseContentType(type?.value ?? "");
  const entity: Entity = { fields, body, bodyLine, mediaType, parameters, parts: [] };
  if (!mediaType.startsWith("multipart/")) return entity;

  const boundary = parameters.get("boundary") ?? "";
  const at = type?.line ?? line;
  function wrong(message: string): Entity {
    problems.push({ line: at, message });
    return entity;
  }
  if (boundary === "") return wrong(`${mediaType} needs a boundary: boundary="..."`);
  if (depth >= DEEPEST) return wrong(`parts are nested more than ${DEEPEST} deep`);
  const parts = splitParts(body, boundary);
  if (parts.length === 0) {
    return wrong(`no line "--${printable(boundary)}" follows: no part starts`);
  }
  return {
    ...entity,
    body: "",
    parts: parts.map(({ content, before }) =>
      readEntity(content, bodyLine + before, depth + 1, problems)
    ),
  };
}

function readFields(header: string, line: number, problems: EntityProblem[]): Field[] {
  const fields: Field[] = [];
  let at = line;
  for (const source of header === "" ? [] : header.split(/\n(?![ \t])/)) {
    const match = /^([\x21-\x39\x3B-\x7E]+)[ \t]*:([^]*)$/.exec(source);
    if (match) {
      const value = (match[2] ?? "").replace(/\n(?=[ \t])/g, "").trim();
      fields.push({ name: (match[1] ?? "").toLowerCase(), source, value, line: at });
    } else {
      const message = `expected a header field such as "Subject: ...", or an empty line before ` +
        `the body, instead of "${printable(source)}"`;
      problems.push({ line: at, message });
    }
    at += 1 + lines(source);
  }
  return fields;
}

/** The parts between the boundary's lines, each with the number of lines before it. */
function splitParts(body: string, boundary: string): { content: string; before: number }[] {
  const delimiter = new RegExp(`^--${RegExp.escape(boundary)}(--)?[ \\t]*$`, "gm");
  const parts: { content: string; before: number }[] = [];
  let start: number | undefined;
  for (const match of body.matchAll(delimiter)) {
    // The line break before a delimiter belongs to it.
    if (start !== undefined) parts.push(part(start, Math.max(start, match.index - 1)));
    start = match.index + match[0].length + 1;
    if (match[1]) return parts;
  }
  // Without the closing delimiter, the last part goes on to the end.
  if (start !== undefined) parts.push(part(start, body.length));
  return parts;

  function part(from: number, to: number) {
    return { content: body.slice(from, to), before: lines(body.slice(0, from)) };
  }
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

function lines(text: string): number {
  return text.split("\n").length - 1;
}

function printable(text: string): string {
  return text.slice(0, 60).replace(/[^\x20-\x7E]/g, "?");
}
