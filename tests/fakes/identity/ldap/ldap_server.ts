/**
 * A directory server that implements as much LDAP as lookups need, strictly.
 *
 * @module
 */

import { BerReader, BerWriter, BindRequest, SearchRequest } from "ldapts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { freePort } from "../../../process/free_port.ts";
import { matchesFilter } from "./ldap_matching.ts";

/** An entry: its attributes with their values, as text or bytes. */
export interface FakeEntry {
  readonly dn: string;
  /** By name, case-insensitively. */
  readonly attributes: Readonly<Record<string, readonly (string | Uint8Array)[]>>;
}

/** A result that replaces the usual one. */
export interface FakeResult {
  readonly code: number;
  /** Whether the connection ends without a response. */
  readonly breaksOff?: boolean;
}

const [BIND, UNBIND, SEARCH] = [0x60, 0x42, 0x63];

/** A server on the loopback interface. */
export class LdapServer implements AsyncDisposable {
  /** The entries of the directory. */
  readonly entries: FakeEntry[] = [];
  /** The referrals of every search. */
  readonly references: string[] = [];
  /** The login; `undefined` allows only anonymous ones. */
  login: { readonly dn: string; readonly password: string } | undefined;
  /** The results of the next searches, instead of success. */
  readonly results: FakeResult[] = [];
  /** Attributes that match but are not returned, in lower case. */
  readonly hidden = new Set<string>();
  /** The faults of requests. */
  readonly faults: string[] = [];
  /** The bind DNs of logins, in order. */
  readonly binds: string[] = [];
  /** The searches, in order. */
  readonly searches: SearchRequest[] = [];
  #server: Server | undefined;
  // The same after it was down, so nobody else may get it meanwhile.
  readonly #port = freePort();
  #reached: (() => void) | undefined;
  readonly #sockets = new Set<Socket>();

  /** The port, which stays the same after `down`. */
  get port(): number {
    return this.#port;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    // A program that is being started has a copy of the previous listener until it runs.
    for (let attempt = 1;; attempt++) {
      try {
        await once(server.listen(this.#port, "127.0.0.1"), "listening");
        break;
      } catch (error) {
        if (attempt === 100 || (error as { code?: unknown }).code !== "EADDRINUSE") throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    this.#server = server;
  }

  /** Closes all connections and stops to listen. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.hangUp();
    await closed;
  }

  /** Closes all connections. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops to respond; `reached` resolves at the first request. */
  stall(): { readonly reached: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reached = resolve;
    return { reached: promise };
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    assert.deepEqual(this.faults, []);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received: Buffer = Buffer.alloc(0);
    let isBound = false;
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      // As OpenLDAP does with what is no LDAP message, such as TLS.
      if (received[0] !== 0x30) return void socket.destroy();
      for (;;) {
        const reader = new BerReader(received);
        if (reader.readSequence() === null || reader.remain < reader.length) return;
        const end = reader.offset + reader.length;
        reader.setBufferSize(end);
        received = received.subarray(end);
        if (this.#reached) this.#reached();
        else isBound = this.#answer(socket, reader, isBound);
      }
    });
  }

  #answer(socket: Socket, reader: BerReader, isBound: boolean): boolean {
    const messageId = reader.readInt() ?? 0;
    const operation = reader.readSequence();
    if (operation === BIND) {
      const request = new BindRequest({ messageId });
      request.parseMessage(reader);
      this.binds.push(request.dn);
      const expected = this.login ?? { dn: "", password: "" };
      const accepted = request.dn === expected.dn && request.password === expected.password;
      send(socket, messageId, 0x61, result(accepted ? 0 : 49));
      return accepted;
    }
    if (operation === UNBIND) return false;
    if (operation !== SEARCH) this.faults.push(`operation ${operation}`);
    else if (!isBound) this.faults.push("a search without a login");
    else this.#search(socket, messageId, reader);
    return isBound;
  }

  #search(socket: Socket, messageId: number, reader: BerReader): void {
    const request = new SearchRequest({ messageId, filter: undefined as never });
    request.parseMessage(reader);
    this.searches.push(request);
    if (request.timeLimit === 0) this.faults.push("a search without a time limit");
    const { code, breaksOff } = this.results.shift() ?? { code: 0 };
    if (breaksOff) return void socket.destroy();
    const found = code === 0 ? this.entries.filter((entry) => isFound(entry, request)) : [];
    for (const entry of found.slice(0, request.sizeLimit || Infinity)) {
      const shown = request.attributes.filter((name) => !this.hidden.has(name));
      send(socket, messageId, 0x64, (writer) => writeEntry(writer, entry, shown));
    }
    for (const reference of code === 0 ? this.references : []) {
      send(socket, messageId, 0x73, (writer) => writer.writeString(reference));
    }
    const isTooMany = request.sizeLimit > 0 && found.length > request.sizeLimit;
    send(socket, messageId, 0x65, result(isTooMany ? 4 : code));
  }
}

function isFound(entry: FakeEntry, { baseDN, filter }: SearchRequest): boolean {
  return entry.dn.toLowerCase().endsWith(baseDN.toLowerCase()) &&
    matchesFilter(filter, entry.attributes);
}

function send(socket: Socket, id: number, tag: number, write: (writer: BerWriter) => void): void {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  write(writer);
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}

function result(code: number): (writer: BerWriter) => void {
  return (writer) => {
    writer.writeEnumeration(code);
    writer.writeString("");
    writer.writeString("a diagnostic message");
  };
}

function writeEntry(
  writer: BerWriter,
  { dn, attributes }: FakeEntry,
  wanted: readonly string[],
): void {
  writer.writeString(dn);
  writer.startSequence();
  for (const [name, values] of Object.entries(attributes)) {
    const [plain = ""] = name.toLowerCase().split(";");
    if (!wanted.includes(plain)) continue;
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(Buffer.from(value as string), 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
}
