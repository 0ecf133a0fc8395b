/**
 * A MySQL server (protocol version 10) with one account, on SQLite.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Login } from "./fake_postgresql.ts";
import {
  type Answer,
  concat,
  type Engine,
  type Wire,
  WireServer,
  zeroEnded,
} from "./wire_server.ts";

// MySQL's names: LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION,
// PLUGIN_AUTH. Not SSL, and not DEPRECATE_EOF.
const CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000;
const CONNECT_WITH_DB = 0x8;
const UTF8MB4 = 45;
const VAR_STRING = 0xfd;
const SALT = Uint8Array.from({ length: 20 }, (_, n) => n + 65);
const EOF = Uint8Array.of(0xfe, 0, 0, 2, 0);
const OK = Uint8Array.of(0, 0, 0, 2, 0, 0, 0);

/** Starts a server without TLS. Sessions and transactions must be read-only. */
export function fakeMysql(engine: Engine, login: Login): WireServer {
  return new WireServer((wire) => new Session(wire, engine, login).serve());
}

class Session {
  #sequence = 0;
  #statement = 0;
  readonly #statements = new Map<number, string>();
  #readsOnly = false;
  #inTransaction = false;

  constructor(readonly wire: Wire, readonly engine: Engine, readonly login: Login) {}

  async serve(): Promise<void> {
    await this.#send(greeting());
    const response = await this.#receive();
    if (!response) return;
    if (!isWelcome(response, this.login)) {
      return await this.#send(failure(1045, "28000", "Access denied"));
    }
    await this.#send(OK);
    for (let command = await this.#receive(); command; command = await this.#receive()) {
      const [code = 0] = command;
      if (code === 0x01) return;
      try {
        await this.#answer(code, command.subarray(1));
      } catch (error) {
        await this.#send(failure(1146, "42S02", String(error)));
      }
    }
  }

  async #answer(code: number, body: Uint8Array): Promise<void> {
    const view = new DataView(body.buffer, body.byteOffset);
    switch (code) {
      case 0x03:
        this.#simple(text(body));
        return await this.#send(OK);
      case 0x16:
        return await this.#prepare(text(body));
      case 0x17: {
        const sql = this.#statements.get(view.getInt32(0, true)) ?? "";
        return await this.#execute(sql, boundValues(body.subarray(9)));
      }
      case 0x19: // COM_STMT_CLOSE has no response.
        this.#statements.delete(view.getInt32(0, true));
        return;
    }
    throw new Error(`an unexpected command ${code}`);
  }

  #simple(sql: string): void {
    if (sql === "SET SESSION TRANSACTION READ ONLY") this.#readsOnly = true;
    else if (sql === "START TRANSACTION READ ONLY" && this.#readsOnly) this.#inTransaction = true;
    else if (sql === "COMMIT") this.#inTransaction = false;
    else if (sql !== "SET SESSION max_execution_time = 10000") {
      throw new Error(`an unexpected statement: ${sql}`);
    }
  }

  async #prepare(sql: string): Promise<void> {
    const columns = sql === "SELECT VERSION()" ? ["VERSION()"] : this.engine.columns(sql);
    const parameters = sql.split("?").length - 1;
    const id = ++this.#statement;
    this.#statements.set(id, sql);
    const head = [Uint8Array.of(0), int(id, 4), int(columns.length, 2), int(parameters, 2)];
    await this.#send(
      concat([...head, Uint8Array.of(0, 0, 0)]),
      ...Array.from({ length: parameters }, () => column("?")),
      ...(parameters > 0 ? [EOF] : []),
      ...columns.map(column),
      EOF,
    );
  }

  async #execute(sql: string, values: string[]): Promise<void> {
    const answer: Answer = sql === "SELECT VERSION()"
      ? { columns: ["VERSION()"], rows: [["8.0.40"]] }
      : this.#run(sql, values);
    const rows = answer.rows.map((row) => {
      const nulls = new Uint8Array(Math.floor((row.length + 9) / 8));
      for (const [n, value] of row.entries()) {
        if (value === null) nulls[(n + 2) >> 3] = (nulls[(n + 2) >> 3] ?? 0) | 1 << ((n + 2) % 8);
      }
      const texts = row.filter((value) => value !== null).map(lengthEncoded);
      return concat([Uint8Array.of(0), nulls, ...texts]);
    });
    const count = Uint8Array.of(answer.columns.length);
    await this.#send(count, ...answer.columns.map(column), EOF, ...rows, EOF);
  }

  #run(sql: string, values: string[]): Answer {
    if (!this.#inTransaction) throw new Error("there is no transaction");
    return this.engine.run(sql, values);
  }

  async #send(...packets: readonly Uint8Array[]): Promise<void> {
    await this.wire.write(
      ...packets.map((packet) =>
        concat([int(packet.length, 3), Uint8Array.of(this.#sequence++ % 256), packet])
      ),
    );
  }

  async #receive(): Promise<Uint8Array | undefined> {
    const head = await this.wire.read(4);
    if (!head) return undefined;
    const length = new DataView(head.buffer).getUint32(0, true) & 0xffffff;
    this.#sequence = (head[3] ?? 0) + 1;
    return await this.wire.read(length);
  }
}

function greeting(): Uint8Array {
  return concat([
    Uint8Array.of(10),
    zeroEnded("8.0.40"),
    int(1, 4),
    SALT.subarray(0, 8),
    Uint8Array.of(0),
    int(CAPABILITIES & 0xffff, 2),
    Uint8Array.of(UTF8MB4, 2, 0),
    int(CAPABILITIES >>> 16, 2),
    Uint8Array.of(21),
    new Uint8Array(10),
    SALT.subarray(8),
    Uint8Array.of(0),
    zeroEnded("mysql_native_password"),
  ]);
}

// SHA1(password) XOR SHA1(salt + SHA1(SHA1(password))), MySQL's "Native Authentication".
function isWelcome(response: Uint8Array, { user, password }: Login): boolean {
  const sha1 = (...pieces: Uint8Array[]) =>
    new Uint8Array(createHash("sha1").update(concat(pieces)).digest());
  const once = sha1(new TextEncoder().encode(password));
  const mask = sha1(SALT, sha1(once));
  const token = once.map((byte, n) => byte ^ (mask[n] ?? 0));
  const flags = new DataView(response.buffer, response.byteOffset).getUint32(0, true);
  const end = response.indexOf(0, 32);
  const given = response.subarray(end + 2, end + 2 + token.length);
  const isToken = given.length === token.length && given.every((byte, n) => byte === token[n]);
  return text(response.subarray(32, end)) === user && isToken && (flags & CONNECT_WITH_DB) !== 0;
}

function boundValues(body: Uint8Array): string[] {
  if (body.length === 0) return [];
  // One value: the NULL bitmap, the flag that types follow, the type, the value.
  if (body[0] !== 0 || body[1] !== 1 || ![0x0f, VAR_STRING].includes(body[2] ?? 0)) {
    throw new Error("expected one text");
  }
  const [length = 0] = body.subarray(4);
  if (length < 0xfb) return [text(body.subarray(5))];
  return [text(body.subarray(7))];
}

function column(name: string): Uint8Array {
  return concat([
    ...["def", "", "", "", name, ""].map(lengthEncoded),
    Uint8Array.of(0x0c),
    int(UTF8MB4, 2),
    int(1024, 4),
    Uint8Array.of(VAR_STRING, 0, 0, 0, 0, 0),
  ]);
}

function failure(code: number, state: string, reason: string): Uint8Array {
  const head = concat([Uint8Array.of(0xff), int(code, 2)]);
  return concat([head, new TextEncoder().encode(`#${state}${reason}`)]);
}

function lengthEncoded(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  const length = bytes.length < 0xfb
    ? Uint8Array.of(bytes.length)
    : concat([Uint8Array.of(0xfc), int(bytes.length, 2)]);
  return concat([length, bytes]);
}

function int(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => (value >>> (8 * n)) & 0xff);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
