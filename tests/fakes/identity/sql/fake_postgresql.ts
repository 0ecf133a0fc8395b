/**
 * A PostgreSQL server (protocol version 3) with one account, on SQLite.
 *
 * @module
 */

import { concat, type Engine, type Wire, WireServer, zeroEnded } from "./wire_server.ts";

/** The account. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

const PROTOCOL_3 = 196_608;
const SSL_REQUEST = 80_877_103;
const TEXT = 25;

/** Starts a server without TLS. Transactions must be read-only. */
export function fakePostgresql(engine: Engine, login: Login): WireServer {
  return new WireServer((wire) => converse(wire, engine, login));
}

async function converse(wire: Wire, engine: Engine, login: Login): Promise<void> {
  let parameters = await startup(wire);
  if (parameters === "ssl") {
    await wire.write(zeroEnded("N").slice(0, 1));
    parameters = await startup(wire);
  }
  if (!Array.isArray(parameters)) return;
  await wire.write(message("R", int32(3)));
  const reply = await nextMessage(wire);
  const user = parameters[parameters.indexOf("user") + 1];
  if (reply?.type !== "p" || user !== login.user || text(reply.body) !== `${login.password}\0`) {
    const reason = `password authentication failed for user "${user}"`;
    return await wire.write(failure("28P01", reason));
  }
  await wire.write(message("R", int32(0)), message("S", zeroEnded("client_encoding\0UTF8")), READY);
  await new Session(wire, engine).serve();
}

const READY = message("Z", zeroEnded("I").slice(0, 1));

/** Handles the steps of the extended query protocol. */
class Session {
  #sql = "";
  #values: (string | null)[] = [];
  #left: readonly (readonly (string | null)[])[] | undefined;
  #inTransaction = false;

  constructor(readonly wire: Wire, readonly engine: Engine) {}

  async serve(): Promise<void> {
    let failed = false;
    for (let next = await nextMessage(this.wire); next; next = await nextMessage(this.wire)) {
      if (next.type === "X") return;
      if (next.type === "S") {
        failed = false;
        await this.wire.write(READY);
      } else if (!failed) {
        try {
          await this.wire.write(...this.#answer(next.type, next.body));
        } catch (error) {
          failed = next.type !== "Q";
          await this.wire.write(failure("42P01", String(error)), ...(failed ? [] : [READY]));
        }
      }
    }
  }

  #answer(type: string, body: Uint8Array): Uint8Array[] {
    switch (type) {
      case "Q":
        return this.#simple(text(body).slice(0, -1));
      case "P": {
        const [name, sql = ""] = text(body).split("\0");
        if (name !== "") throw new Error("a pooler has no named statements");
        // SQLite treats $1 as a name.
        this.#sql = sql.replace(/\$(\d)/g, "?$1");
        return [message("1")];
      }
      case "D":
        return this.#describe();
      case "B":
        this.#values = boundValues(body);
        this.#left = undefined;
        return [message("2")];
      case "E":
        return this.#execute(new DataView(body.buffer, body.byteOffset).getInt32(body.length - 4));
      case "C":
        return [message("3")];
      case "H":
        return [];
    }
    throw new Error(`an unexpected message of type ${type}`);
  }

  #simple(sql: string): Uint8Array[] {
    if (sql === "SELECT 1") return [message("C", zeroEnded("SELECT 0")), READY];
    if (sql === "COMMIT") this.#inTransaction = false;
    else if (/^BEGIN .*READ ONLY$/.test(sql)) this.#inTransaction = true;
    else throw new Error(`an unexpected statement: ${sql}`);
    return [message("C", zeroEnded(sql)), READY];
  }

  #describe(): Uint8Array[] {
    const count = new Set(this.#sql.match(/\?\d+/g)).size;
    const types = Array.from({ length: count }, () => int32(TEXT));
    const columns = isSetting(this.#sql) ? ["set_config"] : this.engine.columns(this.#sql);
    const described = columns.map((name) =>
      concat([zeroEnded(name), int32(0), int16(0), int32(TEXT), int16(-1), int32(-1), int16(0)])
    );
    return [
      message("t", int16(count), ...types),
      message("T", int16(columns.length), ...described),
    ];
  }

  // With a limit other than 0 the portal is suspended after so many rows.
  #execute(limit: number): Uint8Array[] {
    if (!this.#inTransaction) throw new Error("there is no transaction");
    if (isSetting(this.#sql)) return [message("C", zeroEnded("SELECT 1"))];
    const left = this.#left ?? this.engine.run(this.#sql, this.#values).rows;
    const rows = limit === 0 ? left : left.slice(0, limit);
    this.#left = left.slice(rows.length);
    const sent = rows.map((row) => {
      const values = row.map((value) => {
        if (value === null) return int32(-1);
        const bytes = new TextEncoder().encode(value);
        return concat([int32(bytes.length), bytes]);
      });
      return message("D", int16(row.length), ...values);
    });
    const isEnd = limit === 0 || rows.length < limit;
    return [...sent, isEnd ? message("C", zeroEnded(`SELECT ${rows.length}`)) : message("s")];
  }
}

function isSetting(sql: string): boolean {
  return sql.startsWith("SELECT set_config(");
}

async function startup(wire: Wire): Promise<string[] | "ssl" | undefined> {
  const head = await wire.read(8);
  if (!head) return undefined;
  const view = new DataView(head.buffer);
  const code = view.getInt32(4);
  if (code === SSL_REQUEST) return "ssl";
  const body = await wire.read(view.getInt32(0) - 8);
  return code === PROTOCOL_3 && body ? text(body).split("\0") : undefined;
}

async function nextMessage(wire: Wire): Promise<{ type: string; body: Uint8Array } | undefined> {
  const head = await wire.read(5);
  if (!head) return undefined;
  const body = await wire.read(new DataView(head.buffer).getInt32(1) - 4);
  return body && { type: text(head.subarray(0, 1)), body };
}

function boundValues(body: Uint8Array): (string | null)[] {
  const view = new DataView(body.buffer, body.byteOffset);
  let at = body.indexOf(0) + 1;
  at = body.indexOf(0, at) + 1;
  at += 2 + 2 * view.getInt16(at);
  const count = view.getInt16(at);
  at += 2;
  return Array.from({ length: count }, () => {
    const length = view.getInt32(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return text(body.subarray(at - length, at));
  });
}

function failure(state: string, reason: string): Uint8Array {
  const fields = ["SERROR", `C${state}`, `M${reason}`].map(zeroEnded);
  return message("E", ...fields, Uint8Array.of(0));
}

function message(type: string, ...pieces: readonly Uint8Array[]): Uint8Array {
  const body = concat(pieces);
  return concat([new TextEncoder().encode(type), int32(body.length + 4), body]);
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

function int16(value: number): Uint8Array {
  return int32(value).slice(2);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
