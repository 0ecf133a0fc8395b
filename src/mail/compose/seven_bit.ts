/**
 * MIME entities without octets beyond ASCII and without overlong lines, which no mail server has a
 * reason to change on the way: a change would break the signature.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type EntityField, type MimeEntity, parseEntity } from "./mime_entity.ts";

/** Encodes quoted-printable (RFC 2045, section 6.7). */
type Encode = (bytes: Buffer) => string;

/** The entity with its parts in quoted-printable or base64 where they need it. */
export async function sevenBit(entity: MimeEntity): Promise<MimeEntity> {
  const { encode, wrap } = await import("nodemailer/lib/qp");
  return convert(entity, (bytes) => wrap(encode(bytes), 76), 0);
}

// What is nested deeper than this was not written by people.
const DEEPEST = 20;

function convert({ fields, body }: MimeEntity, encode: Encode, depth: number): MimeEntity {
  const type = valueOf(fields, "content-type") ?? "text/plain";
  const mediaType = /^[^\s;]+/.exec(type)?.[0].toLowerCase() ?? "";
  const transfer = valueOf(fields, "content-transfer-encoding")?.trim().toLowerCase() ?? "7bit";
  if (depth < DEEPEST && mediaType.startsWith("multipart/")) {
    const converted = convertParts(Buffer.from(body), boundaryOf(type), encode, depth);
    return { fields: mark7bit(fields, transfer), body: converted };
  }
  if (depth < DEEPEST && mediaType === "message/rfc822" && !isPlain(body)) {
    const inner = parseEntity(body);
    const converted = inner && convert(inner, encode, depth + 1);
    if (converted) return { fields: mark7bit(fields, transfer), body: join(converted) };
  }
  if (isPlain(body)) return { fields: mark7bit(fields, transfer), body };
  const bytes = Buffer.from(body);
  // Octets beyond ASCII stand for themselves in quoted-printable, and for nothing in base64.
  if (transfer === "quoted-printable") {
    const ascii = bytes.toString("latin1").replace(/[\x80-\xFF]/g, (octet) => {
      return `=${octet.charCodeAt(0).toString(16).toUpperCase()}`;
    });
    return { fields, body: Buffer.from(softWrap(ascii), "latin1") };
  }
  if (transfer === "base64") return { fields, body: base64(bytes.toString("latin1")) };
  return mediaType.startsWith("text/")
    ? { fields: relabelled(fields, "quoted-printable"), body: Buffer.from(encode(bytes), "latin1") }
    : { fields: relabelled(fields, "base64"), body: base64(bytes.toString("base64")) };
}

function convertParts(body: Buffer, boundary: string, encode: Encode, depth: number): Uint8Array {
  const text = body.toString("latin1");
  // RFC 2046, section 5.1.1: the line break before a boundary belongs to the boundary.
  const pieces = boundary === "" ? [text] : text.split(
    new RegExp(`((?:^|\\r\\n)--${RegExp.escape(boundary)}(?:--)?[ \\t]*(?:\\r\\n|$))`),
  );
  const converted = pieces.map((piece, at) => {
    if (at % 2 === 1) return piece;
    const isPart = at > 0 && !/--[ \t]*(?:\r\n|$)$/.test(pieces[at - 1] ?? "");
    // What stands before the first part and after the last one is shown to nobody.
    if (!isPart) return piece.replace(/[\x80-\xFF]/g, "?");
    const part = parseEntity(Buffer.from(piece, "latin1"));
    if (part === undefined) return piece;
    const whole = join(convert(part, encode, depth + 1)).toString("latin1");
    return piece.endsWith("\r\n") ? whole : whole.replace(/\r\n$/, "");
  });
  return Buffer.from(converted.join(""), "latin1");
}

function join({ fields, body }: MimeEntity): Buffer {
  const header = fields.map(({ text }) => text).join("") + "\r\n";
  return Buffer.concat([Buffer.from(header, "latin1"), body]);
}

// RFC 5322, section 2.1.1.
const LONGEST_LINE = 998;

function isPlain(body: Uint8Array): boolean {
  let length = 0;
  for (const octet of body) {
    length = octet === 0x0A ? 0 : length + 1;
    // The CR counts as well.
    if (octet > 0x7F || length > LONGEST_LINE + 1) return false;
  }
  return true;
}

function valueOf(fields: readonly EntityField[], name: string): string | undefined {
  const field = fields.find((field) => field.name === name);
  return field?.text.slice(field.text.indexOf(":") + 1).replace(/\r\n/g, "").trim();
}

function boundaryOf(type: string): string {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;]+))/i.exec(type) ??
    [];
  return quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
}

// A server may change what calls itself 8bit, also where it is ASCII.
function mark7bit(fields: readonly EntityField[], transfer: string): readonly EntityField[] {
  return transfer === "8bit" || transfer === "binary" ? relabelled(fields, "7bit") : fields;
}

function relabelled(fields: readonly EntityField[], label: string): readonly EntityField[] {
  const name = "content-transfer-encoding";
  const text = `Content-Transfer-Encoding: ${label}\r\n`;
  return [...fields.filter((field) => field.name !== name), { name, text }];
}

function base64(text: string): Buffer {
  const lines = text.replace(/[^A-Za-z0-9+/=]/g, "").match(/.{1,76}/g) ?? [];
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(""), "latin1");
}

// Lines of quoted-printable that are too long, with breaks that mean nothing.
function softWrap(text: string): string {
  return text.replace(/[^\r\n]{77,}/g, (line) => {
    return line.replace(/(?:=[0-9A-F]{2}|[^=]|=){1,70}(?=.)/gi, (piece) => `${piece}=\r\n`);
  });
}
