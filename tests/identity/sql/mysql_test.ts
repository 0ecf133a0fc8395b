import assert from "node:assert/strict";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";
import { openSqlStore, sqlSection } from "../../../src/identity/sql/store.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakeMysql } from "../../fakes/identity/sql/fake_mysql.ts";
import { fillPeople, PEOPLE_PROFILE } from "../../fakes/identity/sql/sql_people.ts";
import { Engine, type WireServer } from "../../fakes/identity/sql/wire_server.ts";

const LOGIN = { user: "mxisd", password: "hunter2 & more" };
const BOB = userOf("bob");

interface Options {
  readonly parameters?: string;
  readonly profile?: object;
  readonly password?: string;
}

function open({ port }: WireServer, options: Options = {}): IdentityStore {
  const { parameters = "", profile = PEOPLE_PROFILE } = options;
  const password = encodeURIComponent(options.password ?? LOGIN.password);
  const connection = `//127.0.0.1:${port}/people?user=mxisd&password=${password}${parameters}`;
  const section = sqlSection.parse({ enabled: true, type: "mysql", connection, profile });
  const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
  return openSqlStore(section, dependencies);
}

testIdentityStore({
  name: "sql on MySQL's protocol",
  severalEntries: true,
  faults: ["down", "stall"],
  // deno-lint-ignore require-await -- the contract has it so
  async open(people) {
    const engine = new Engine();
    fillPeople(engine, people);
    const server = fakeMysql(engine, LOGIN);
    // Without TLS at once: a server that was asked for it in vain is connected to twice.
    const store = open(server, { parameters: "&useSSL=false" });
    return {
      store,
      secrets: [LOGIN.password],
      down: () => server.down(),
      up: () => server.up(),
      stall: () => server.stall(),
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
        engine[Symbol.dispose]();
      },
    };
  },
});

function test(sentence: string, body: (server: WireServer) => Promise<void>): void {
  Deno.test(`sql on MySQL's protocol: ${sentence}`, async () => {
    using engine = new Engine();
    fillPeople(engine, [{ localpart: "bob", addresses: ["bob@example.org"], displayName: "Bob" }]);
    await using server = fakeMysql(engine, LOGIN);
    await body(server);
  });
}

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

test("lookups share their connections", async (server) => {
  await using store = open(server, { parameters: "&useSSL=false" });
  for (let n = 0; n < 5; n++) assert.ok(await store.findProfile(BOB));
  assert.equal(server.connections, 1);
  await Promise.all(Array.from({ length: 30 }, () => store.findProfile(BOB)));
  assert.equal(server.connections, 5);
});

test("a connection outlives the signal of the lookup that made it", async (server) => {
  await using store = open(server, { parameters: "&useSSL=false" });
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
  const refused = await outcome(open(server, { password: "wrong" }));
  assert.equal(
    refused,
    "misconfigured: sql: 127.0.0.1:PORT refuses the login: Access denied",
  );
  const query = { query: "SELECT nick FROM nobody WHERE id = ?" };
  const missing = await outcome(open(server, { profile: { displayName: query } }));
  assert.match(missing, /^misconfigured: sql: 127.0.0.1:PORT refuses a query: .*no such table/);
});

test("a query that returns everybody is ended early", async (server) => {
  const query = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)
    SELECT 'email' AS medium, i || '@example.org' AS address FROM n WHERE ? <> ''`;
  const everybody = await outcome(open(server, { profile: { threepid: { query } } }));
  assert.equal(everybody, "misconfigured: sql: a query returns more than PORT rows for one person");
});

test("a server without TLS is refused where TLS is required", async (server) => {
  for (const mode of ["sslMode=REQUIRED", "sslMode=VERIFY_CA"]) {
    assert.equal(
      await outcome(open(server, { parameters: `&${mode}` })),
      "misconfigured: sql: 127.0.0.1:PORT does not offer TLS: see sslMode",
    );
  }
  assert.equal(await outcome(open(server, { parameters: "&sslMode=PREFERRED" })), "found");
});
