/**
 * Tests that the store has to pass with each database protocol, against a fake server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";
import { openSqlStore, sqlSection } from "../../../src/identity/sql/store.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakeHarness } from "../../contracts/store_harness.ts";
import { fillPeople, PEOPLE_PROFILE } from "../../fakes/identity/sql/sql_people.ts";
import { Engine, type WireServer } from "../../fakes/identity/sql/wire_server.ts";

const LOGIN = { user: "mxisd", password: "hunter2 & more" };
const BOB = userOf("bob");

/** A database protocol. */
export interface Protocol {
  /** What the tests call it. */
  readonly name: string;
  readonly type: "mysql" | "postgresql";
  /** Starts a server without TLS. */
  readonly start: (engine: Engine, login: typeof LOGIN) => WireServer;
  /** The parameters of a connection that is not to try TLS in vain. */
  readonly parameters: string;
  /** Localparts that no row can have. */
  readonly cannotHold?: readonly string[];
  /** Parameters that require TLS, and others that do not. */
  readonly tls: { readonly required: readonly string[]; readonly optional: readonly string[] };
  /** The outcome of a wrong password. */
  readonly loginRefused: RegExp;
}

/** Deviations from a connection that works. */
export interface OpenOptions {
  readonly hosts?: string;
  readonly parameters?: string;
  readonly password?: string;
  readonly profile?: object;
}

/** What more tests of a protocol need. */
export interface ProtocolTests {
  /** Declares a test with a server that has bob. */
  test(sentence: string, body: (server: WireServer) => Promise<void>): void;
  open(server: WireServer, options?: OpenOptions): IdentityStore;
}

/** Declares the tests of the protocol. */
export function testProtocol(protocol: Protocol): ProtocolTests {
  const { type, parameters: usual, tls } = protocol;

  function open({ port }: WireServer, options: OpenOptions = {}): IdentityStore {
    const { hosts = `127.0.0.1:${port}`, parameters = "", profile = PEOPLE_PROFILE } = options;
    const password = encodeURIComponent(options.password ?? LOGIN.password);
    const connection = `//${hosts}/people?user=mxisd&password=${password}&${parameters}`;
    const section = sqlSection.parse({ enabled: true, type, connection, profile });
    const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
    return openSqlStore(section, dependencies);
  }

  function start(people: readonly Person[]) {
    const engine = new Engine();
    fillPeople(engine, people);
    return { engine, server: protocol.start(engine, LOGIN) };
  }

  testIdentityStore({
    name: `sql on ${protocol.name}`,
    severalEntries: true,
    cannotHold: protocol.cannotHold ?? [],
    faults: ["down", "stall"],
    open(people) {
      const { engine, server } = start(people);
      const store = open(server, { parameters: usual });
      return Promise.resolve(fakeHarness(store, server, [LOGIN.password], engine));
    },
  });

  function test(sentence: string, body: (server: WireServer) => Promise<void>): void {
    Deno.test(`sql on ${protocol.name}: ${sentence}`, async () => {
      const bob = { localpart: "bob", addresses: ["bob@example.org"], displayName: "Bob" };
      const started = start([bob]);
      using _engine = started.engine;
      await using server = started.server;
      await body(server);
    });
  }

  test("lookups share their connections", async (server) => {
    await using store = open(server, { parameters: usual });
    for (let n = 0; n < 5; n++) assert.ok(await store.findProfile(BOB));
    assert.equal(server.connections, 1);
    await Promise.all(Array.from({ length: 30 }, () => store.findProfile(BOB)));
    assert.equal(server.connections, 5);
  });

  test("a connection outlives the signal of the lookup that made it", async (server) => {
    await using store = open(server, { parameters: usual });
    for (let n = 0; n < 3; n++) {
      const controller = new AbortController();
      assert.ok(await store.findProfile(BOB, { signal: controller.signal }));
      controller.abort();
    }
    assert.equal(server.connections, 1);
  });

  test("a server that is restarted between two lookups is not noticed", async (server) => {
    await using store = open(server);
    assert.ok(await store.findProfile(BOB));
    await server.down();
    await server.up();
    assert.ok(await store.findProfile(BOB));
  });

  test("a refused login and a missing table need an administrator", async (server) => {
    const login = await outcome(open(server, { password: "wrong" }));
    assert.match(login, protocol.loginRefused);
    const query = { query: "SELECT nick FROM nobody WHERE id = ?" };
    const table = await outcome(open(server, { profile: { displayName: query } }));
    assert.match(table, /^misconfigured: sql: 127.0.0.1:PORT refuses a query: .*no such table/);
  });

  test("a query that returns everybody is read only up to the limit", async (server) => {
    const everybody = (count: number) => ({
      threepid: {
        query: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${count})
          SELECT 'email' AS medium, 'b@example.org' AS address FROM n WHERE ? <> ''`,
      },
    });
    assert.equal(await outcome(open(server, { profile: everybody(1000) })), "found");
    for (const count of [1001, 5000]) {
      assert.equal(
        await outcome(open(server, { profile: everybody(count) })),
        "misconfigured: sql: a query returns more than PORT rows for one person",
      );
    }
  });

  test("a server without TLS is refused where TLS is required", async (server) => {
    for (const parameters of tls.required) {
      const [key] = parameters.split("=");
      assert.equal(
        await outcome(open(server, { parameters })),
        `misconfigured: sql: 127.0.0.1:PORT does not offer TLS: see ${key}`,
      );
    }
    for (const parameters of tls.optional) {
      assert.equal(await outcome(open(server, { parameters })), "found");
    }
  });

  return { test, open };
}

// Numbers of four digits and more, such as ports, are replaced.
async function outcome(store: IdentityStore): Promise<string> {
  try {
    await store.findProfile(BOB);
    return "found";
  } catch (error) {
    assert.ok(error instanceof StoreError);
    return `${error.kind}: ${error.message.replace(/\d{4,}/, "PORT")}`;
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
