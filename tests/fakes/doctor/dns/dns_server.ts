/**
 * A DNS server on the loopback interface, by UDP and TCP.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
import { Buffer } from "node:buffer";
import { listenOnFreePort } from "../../../process/free_port.ts";

/** The records of a name by their type; of a name that is not there, NXDOMAIN is said. */
export type Zone = Record<string, Readonly<Record<string, readonly string[]>>>;

/** How the server fails. */
export type DnsFault = "silent" | "servfail" | "refused" | "forged" | "cut off" | "loop";

const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
};
// Longer answers are cut by UDP (RFC 1035, section 4.2.1).
const MAX_UDP_BYTES = 512;

/** The server. */
export class DnsServer implements AsyncDisposable {
  /** The questions so far, as `udp TXT example.org`. */
  readonly questions: string[] = [];
  /** What goes wrong; by default nothing. */
  fault: DnsFault | undefined;
  readonly port: number;
  readonly #udp: Socket;
  readonly #tcp: Deno.Listener;
  readonly #bound: Promise<void>;
  readonly #serving: Promise<void>;

  /** Starts it with these records, which may be changed. */
  constructor(public zone: Zone) {
    this.#tcp = listenOnFreePort((port) => Deno.listen({ hostname: "127.0.0.1", port }));
    this.port = (this.#tcp.addr as Deno.NetAddr).port;
    this.#udp = createSocket("udp4");
    this.#udp.on("message", (message, from) => {
      const answer = this.#answer(new Uint8Array(message), "udp");
      if (answer === undefined) return;
      const cut = answer.length > MAX_UDP_BYTES ? truncated(answer) : answer;
      this.#udp.send(cut, from.port, from.address);
    });
    this.#bound = new Promise((resolve) => this.#udp.bind(this.port, "127.0.0.1", () => resolve()));
    this.#serving = this.#serve();
  }

  /** Resolves when it can be asked. */
  get ready(): Promise<void> {
    return this.#bound;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bound;
    await new Promise<void>((resolve) => this.#udp.close(() => resolve()));
    this.#tcp.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const open: Promise<void>[] = [];
    try {
      for await (const connection of this.#tcp) open.push(this.#converse(connection));
    } catch {
      // It was closed.
    }
    await Promise.all(open);
  }

  async #converse(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(1024);
    const count = await connection.read(buffer) ?? 0;
    const answer = this.#answer(buffer.subarray(2, count), "tcp");
    if (answer !== undefined) {
      const framed = new Uint8Array([answer.length >> 8, answer.length & 255, ...answer]);
      for (let sent = 0; sent < framed.length;) {
        sent += await connection.write(framed.subarray(sent));
      }
    }
    connection.close();
  }

  #answer(message: Uint8Array, by: "udp" | "tcp"): Uint8Array | undefined {
    const { name, type, end } = questionOf(message);
    const word = Object.keys(TYPES).find((key) => TYPES[key] === type) ?? String(type);
    this.questions.push(`${by} ${word} ${name}`);
    if (this.fault === "silent") return undefined;
    const question = message.subarray(12, end);
    const id = [message[0] ?? 0, message[1] ?? 0];
    if (this.fault === "forged") id[0] = (id[0] ?? 0) ^ 0xFF;
    const code = this.fault === "servfail" ? 2 : this.fault === "refused" ? 5 : undefined;
    if (code !== undefined) return response(id, code, question, []);
    const records = this.#records(name, word);
    const whole = response(id, records === undefined ? 3 : 0, question, records ?? []);
    if (this.fault === "cut off") return whole.subarray(0, whole.length - 3);
    // A name that points to itself.
    if (this.fault === "loop") return response(id, 0, question, [[0xC0, end], ...records ?? []]);
    return whole;
  }

  #records(name: string, type: string): readonly (readonly number[])[] | undefined {
    const here = this.zone[name];
    if (here === undefined) return undefined;
    const [alias] = here.CNAME ?? [];
    const owner = nameBytes(name);
    if (alias !== undefined) {
      const target = this.#records(alias, type) ?? [];
      return [record(owner, "CNAME", nameBytes(alias)), ...target];
    }
    return (here[type] ?? []).map((value) => record(owner, type, valueBytes(type, value)));
  }
}

function questionOf(message: Uint8Array) {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(new TextDecoder().decode(message.subarray(at + 1, at + 1 + length)));
    at += length + 1;
  }
  const type = (message[at + 1] ?? 0) << 8 | (message[at + 2] ?? 0);
  return { name: labels.join(".").toLowerCase(), type, end: at + 5 };
}

function response(
  id: readonly number[],
  code: number,
  question: Uint8Array,
  records: readonly (readonly number[])[],
): Uint8Array {
  const header = [...id, 0x81, 0x80 | code, 0, 1, 0, records.length, 0, 0, 0, 0];
  return new Uint8Array([...header, ...question, ...records.flat()]);
}

// Only header and question, with the mark that there is more.
function truncated(answer: Uint8Array): Uint8Array {
  const { end } = questionOf(answer);
  const cut = answer.slice(0, end);
  cut[2] = (cut[2] ?? 0) | 0x02;
  cut[7] = 0;
  return cut;
}

function record(
  owner: readonly number[],
  type: string,
  value: readonly number[],
): readonly number[] {
  const length = [value.length >> 8, value.length & 255];
  return [...owner, 0, TYPES[type] ?? 0, 0, 1, 0, 0, 0, 60, ...length, ...value];
}

function nameBytes(name: string): readonly number[] {
  const labels = name === "" ? [] : name.split(".");
  return [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
}

function valueBytes(type: string, value: string): readonly number[] {
  switch (type) {
    case "A":
      return value.split(".").map(Number);
    case "AAAA":
      return value.split(":").flatMap((
        word,
      ) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 255]);
    case "MX": {
      const [preference = "", exchange = ""] = value.split(" ");
      return [0, Number(preference), ...nameBytes(exchange === "." ? "" : exchange)];
    }
    case "PTR":
      return nameBytes(value);
    default: {
      const bytes = Buffer.from(value);
      const strings = Array.from(
        { length: Math.ceil(bytes.length / 255) || 1 },
        (_, index) => bytes.subarray(index * 255, index * 255 + 255),
      );
      return strings.flatMap((string) => [string.length, ...string]);
    }
  }
}
