/**
 * The base of the fake database servers: connections, their bytes, and an engine.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { listenAgain, listenOnFreePort } from "../../../process/free_port.ts";

/** The result of a query, as text. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Runs queries; it throws what SQLite throws. */
export class Engine implements Disposable {
  readonly #database: DatabaseSync = new DatabaseSync(":memory:");

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** The names of the columns that a query returns. */
  columns(sql: string): readonly string[] {
    return this.#database.prepare(sql).columns().map(({ name }) => name);
  }

  /** Runs a query with its values. */
  run(sql: string, values: readonly (string | null)[]): Answer {
    const rows = this.#database.prepare(sql).all(...values);
    const texts = rows.map((row) =>
      Object.values(row).map((value) => value === null ? null : String(value))
    );
    return { columns: this.columns(sql), rows: texts };
  }

  /** Closes the database. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** The bytes of a connection, read in pieces of a given length. */
export class Wire {
  #rest: Uint8Array = new Uint8Array();

  constructor(readonly connection: Deno.TcpConn) {}

  /** Reads so many bytes; `undefined` when the client has closed the connection. */
  async read(length: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length < length) {
      const chunk = new Uint8Array(4096);
      const count = await this.connection.read(chunk);
      if (count === null) return undefined;
      this.#rest = concat([this.#rest, chunk.subarray(0, count)]);
    }
    const bytes = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return bytes;
  }

  async write(...pieces: readonly Uint8Array[]): Promise<void> {
    const bytes = concat(pieces);
    for (let at = 0; at < bytes.length;) {
      at += await this.connection.write(bytes.subarray(at));
    }
  }
}

/** Concatenates byte arrays. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Encodes a text with a zero byte at its end. */
export function zeroEnded(text: string): Uint8Array {
  return concat([new TextEncoder().encode(text), Uint8Array.of(0)]);
}

/** A server that can be stopped, restarted and made to stall. */
export class WireServer implements AsyncDisposable {
  /** The port on 127.0.0.1, which stays the same after `down`. */
  readonly port: number;
  /** The number of connections so far. */
  connections = 0;
  #listener: Deno.TcpListener | undefined;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #serving = new Set<Promise<void>>();
  readonly #converse: (wire: Wire) => Promise<void>;
  #stalled: PromiseWithResolvers<void> | undefined;

  /** Serves each connection with the function, and closes it when that returns. */
  constructor(converse: (wire: Wire) => Promise<void>) {
    this.#converse = converse;
    this.port = listenOnFreePort((port) => this.#listen(port));
  }

  /** Stops to listen and closes all connections. */
  async down(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of this.#open) close(connection);
    await Promise.all(this.#serving);
  }

  /** Listens again. */
  // deno-lint-ignore require-await -- as in servers that take time
  async up(): Promise<void> {
    listenAgain(() => this.#listen(this.port));
  }

  /** Accepts connections without responding; `reached` resolves at the first one. */
  stall(): { readonly reached: Promise<void> } {
    this.#stalled = Promise.withResolvers<void>();
    return { reached: this.#stalled.promise };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }

  #listen(port: number): number {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#listener = listener;
    this.#track(this.#accept(listener));
    return listener.addr.port;
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    for await (const connection of listener) this.#track(this.#serve(connection));
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    this.connections++;
    this.#open.add(connection);
    connection.setNoDelay(true);
    try {
      const wire = new Wire(connection);
      if (!this.#stalled) return await this.#converse(wire);
      this.#stalled.resolve();
      // Until the client closes the connection.
      while (await wire.read(1));
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      this.#open.delete(connection);
      close(connection);
    }
  }

  #track(work: Promise<void>): void {
    this.#serving.add(work);
    work.finally(() => this.#serving.delete(work));
  }
}

function isGone(error: unknown): boolean {
  const { BadResource, BrokenPipe, ConnectionReset, Interrupted } = Deno.errors;
  return [BadResource, BrokenPipe, ConnectionReset, Interrupted].some((kind) =>
    error instanceof kind
  );
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
