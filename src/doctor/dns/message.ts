/**
 * Writes the questions and reads the answers of the DNS (RFC 1035, section 4).
 *
 * @module
 */

import type { Answer, RecordType } from "./port.ts";

const TYPES: Readonly<Record<RecordType, number>> = { A: 1, PTR: 12, MX: 15, TXT: 16, AAAA: 28 };
const CNAME = 5;
const INTERNET = 1;
const HEADER_BYTES = 12;
const MAX_NAME_CHARS = 253;
const MAX_LABEL_CHARS = 63;
// A pointer leads back, so a name has fewer than this.
const MAX_POINTERS = 64;
const RECURSION_DESIRED = 0x0100;
const IS_RESPONSE = 0x8000;
const IS_TRUNCATED = 0x0200;
const NO_SUCH_NAME = 3;

const RESPONSE_CODES: Readonly<Record<number, string>> = {
  1: "FORMERR",
  2: "SERVFAIL",
  4: "NOTIMP",
  5: "REFUSED",
};

/** A message that is no answer to the question. */
export class MalformedMessage extends Error {
  /** The name of this kind of error. */
  override readonly name = "MalformedMessage";
}

/** The answer that a message has; `truncated`: it has to be asked for over TCP. */
export type ReadAnswer = Answer | { readonly kind: "truncated" };

/**
 * The message that asks for records; `undefined` if the name is not one.
 *
 * @param id Of 16 bits; the answer repeats it.
 */
export function writeQuestion(id: number, name: string, type: RecordType): Uint8Array | undefined {
  const labels = name.replace(/\.$/, "").split(".");
  const isName = name.length <= MAX_NAME_CHARS &&
    labels.every((label) => label !== "" && label.length <= MAX_LABEL_CHARS);
  if (!isName || !/^[\x21-\x7E]+$/.test(name)) return undefined;
  const bytes = labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  const words = [id, RECURSION_DESIRED, 1, 0, 0, 0];
  const question = [...bytes, 0, ...wordBytes(TYPES[type]), ...wordBytes(INTERNET)];
  return new Uint8Array([...words.flatMap(wordBytes), ...question]);
}

/**
 * Reads the answer to a question.
 *
 * @throws {MalformedMessage} If it is none: it may be forged, or belong to an earlier question.
 */
export function readAnswer(
  message: Uint8Array,
  question: Uint8Array,
  type: RecordType,
): ReadAnswer {
  const reader = new Reader(message);
  const [id, flags = 0, questions, answers = 0] = Array.from({ length: 6 }, () => reader.word());
  const asked = new Reader(question);
  if (id !== asked.word() || (flags & IS_RESPONSE) === 0 || questions !== 1) {
    throw new MalformedMessage("it is not the answer to the question");
  }
  reader.at = asked.at = HEADER_BYTES;
  const name = asked.name();
  if (reader.name() !== name || reader.word() !== TYPES[type] || reader.word() !== INTERNET) {
    throw new MalformedMessage("it answers another question");
  }
  if ((flags & IS_TRUNCATED) !== 0) return { kind: "truncated" };
  const code = flags & 0x000F;
  if (code === NO_SUCH_NAME) return { kind: "none", exists: false };
  if (code !== 0) {
    return { kind: "failed", reason: RESPONSE_CODES[code] ?? `response code ${code}` };
  }
  const values = readRecords(reader, answers, name, type);
  return values.length === 0 ? { kind: "none", exists: true } : { kind: "records", values };
}

// The records of the name, or of what it is an alias of.
function readRecords(reader: Reader, count: number, name: string, type: RecordType): string[] {
  const values: string[] = [];
  const names = new Set([name]);
  for (let index = 0; index < count; index++) {
    const owner = reader.name();
    const [found, family] = [reader.word(), reader.word()];
    reader.skip(4); // how long it may be cached
    const length = reader.word();
    const end = reader.at + length;
    if (names.has(owner) && family === INTERNET) {
      if (found === CNAME) names.add(reader.name());
      if (found === TYPES[type]) values.push(readValue(reader, type, end));
    }
    reader.at = end;
  }
  return values;
}

function readValue(reader: Reader, type: RecordType, end: number): string {
  switch (type) {
    case "A":
      return [...reader.bytes(4)].join(".");
    case "AAAA":
      return shortIpv6(Array.from({ length: 8 }, () => reader.word()));
    case "MX":
      return `${reader.word()} ${reader.name() || "."}`;
    case "PTR":
      return reader.name();
    case "TXT": {
      const strings: Uint8Array[] = [];
      while (reader.at < end) strings.push(reader.bytes(reader.byte()));
      // One text, in several strings only because a string has at most 255 bytes.
      return strings.map((bytes) => new TextDecoder().decode(bytes)).join("");
    }
  }
}

function shortIpv6(words: readonly number[]): string {
  const full = words.map((word) => word.toString(16)).join(":");
  return URL.parse(`http://[${full}]`)?.hostname.slice(1, -1) ?? full;
}

function wordBytes(word: number): readonly number[] {
  return [word >> 8 & 0xFF, word & 0xFF];
}

/** Reads a message, which is not trusted. */
class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new MalformedMessage("it ends too early");
    this.at++;
    return byte;
  }

  word(): number {
    return this.byte() << 8 | this.byte();
  }

  bytes(count: number): Uint8Array {
    this.skip(count);
    return this.#bytes.subarray(this.at - count, this.at);
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.#bytes.length) throw new MalformedMessage("it ends too early");
  }

  /** A name in lower case, without a final dot. */
  name(): string {
    const labels: string[] = [];
    let next: number | undefined;
    for (let pointers = 0; pointers < MAX_POINTERS;) {
      const length = this.byte();
      if (length === 0) {
        this.at = next ?? this.at;
        return labels.join(".").toLowerCase();
      }
      if (length <= MAX_LABEL_CHARS) {
        labels.push(String.fromCharCode(...this.bytes(length)));
        if (labels.length > MAX_NAME_CHARS) break;
      } else {
        // A pointer to a name that was written before (section 4.1.4).
        const target = (length & 0x3F) << 8 | this.byte();
        next ??= this.at;
        this.at = target;
        pointers++;
      }
    }
    throw new MalformedMessage("it has a name without an end");
  }
}
