import assert from "node:assert/strict";
import { type IdentityStore, StoreError } from "../../../src/identity/port.ts";
import { openSqlStore, sqlSection } from "../../../src/identity/sql/store.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { fakePostgresql } from "../../fakes/identity/sql/fake_postgresql.ts";
import { fillPeople, PEOPLE_PROFILE } from "../../fakes/identity/sql/sql_people.ts";
import { Engine } from "../../fakes/identity/sql/wire_server.ts";

const LOGIN = { user: "mxisd", password: "hunter2 & more" };
const BOB = userOf("bob");

function open(
  port: number,
  options: { parameters?: string; profile?: object; password?: string } = {},
) {
  const { parameters = "", profile = PEOPLE_PROFILE } = options;
  const password = encodeURIComponent(options.password ?? LOGIN.password);
  const connection = `//127.0.0.1:${port}/people?user=mxisd&password=${password}${parameters}`;
  const section = sqlSection.parse({ enabled: true, type: "postgresql", connection, profile });
  const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
  return openSqlStore(section, dependencies);
}

testIdentityStore({
  name: "sql on PostgreSQL's protocol",
  severalEntries: true,
  cannotHold: ["bob\0"],
  faults: ["down", "stall"],
  // deno-lint-ignore require-await -- the contract has it so
  async open(people) {
    const { server, engine } = start(people);
    const store = open(server.port);
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

function start(people: readonly Person[]) {
  const engine = new Engine();
  fillPeople(engine, people);
  return { engine, server: fakePostgresql(engine, LOGIN) };
}

function test(
  sentence: string,
  body: (server: ReturnType<typeof fakePostgresql>) => Promise<void>,
): void {
  Deno.test(`sql on PostgreSQL's protocol: ${sentence}`, async () => {
    const bob = { localpart: "bob", addresses: ["bob@example.org"], displayName: "Bob" };
    const { server, engine } = start([bob]);
    try {
      await body(server);
    } finally {
      await server[Symbol.asyncDispose]();
      engine[Symbol.dispose]();
    }
  });
}

async function failureOf(store: IdentityStore): Promise<string> {
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
  await using store = open(server.port);
  for (let n = 0; n < 5; n++) assert.ok(await store.findProfile(BOB));
  assert.equal(server.connections, 1);
  await Promise.all(Array.from({ length: 30 }, () => store.findProfile(BOB)));
  assert.equal(server.connections, 5);
});

test("a connection outlives the signal of the lookup that made it", async (server) => {
  await using store = open(server.port);
  for (let n = 0; n < 3; n++) {
    const controller = new AbortController();
    assert.ok(await store.findProfile(BOB, { signal: controller.signal }));
    controller.abort();
  }
  assert.equal(server.connections, 1);
});

test("a server that is restarted between two lookups is not noticed", async (server) => {
  await using store = open(server.port);
  assert.ok(await store.findProfile(BOB));
  await server.down();
  await server.up();
  assert.ok(await store.findProfile(BOB));
});

test("a refused login and a missing table need an administrator", async (server) => {
  const login = await failureOf(open(server.port, { password: "wrong" }));
  assert.match(login, /^misconfigured: .* refuses the login: password authentication failed/);
  const query = { query: "SELECT nick FROM nobody WHERE id = ?" };
  const table = await failureOf(open(server.port, { profile: { displayName: query } }));
  assert.match(table, /^misconfigured: sql: 127.0.0.1:PORT refuses a query: .*no such table/);
});

test("a query that returns everybody is read only up to the limit", async (server) => {
  const everybody = (count: number) => ({
    threepid: {
      query: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${count})
        SELECT 'email' AS medium, 'b@example.org' AS address FROM n WHERE ? <> ''`,
    },
  });
  assert.equal(await failureOf(open(server.port, { profile: everybody(1000) })), "found");
  for (const count of [1001, 5000]) {
    assert.equal(
      await failureOf(open(server.port, { profile: everybody(count) })),
      "misconfigured: sql: a query returns more than PORT rows for one person",
    );
  }
});

test("a server without TLS is refused where TLS is required", async (server) => {
  for (const mode of ["require", "verify-ca", "verify-full"]) {
    const failure = await failureOf(open(server.port, { parameters: `&sslmode=${mode}` }));
    assert.equal(failure, "misconfigured: sql: 127.0.0.1:PORT does not offer TLS: see sslmode");
  }
  assert.equal(await failureOf(open(server.port, { parameters: "&sslmode=prefer" })), "found");
  assert.equal(await failureOf(open(server.port, { parameters: "&sslmode=disable" })), "found");
});

test("of several servers the first that can be reached is used", async (server) => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const hosts = `127.0.0.1:${port},127.0.0.1:${server.port}`;
  const connection = `//${hosts}/people?user=mxisd&password=${
    encodeURIComponent(LOGIN.password)
  }&currentSchema=public`;
  const section = sqlSection.parse({
    enabled: true,
    type: "postgresql",
    connection,
    profile: PEOPLE_PROFILE,
  });
  const dependencies = { domain: DOMAIN, clock: systemClock, authorities: [], timeout: 10_000 };
  await using store = openSqlStore(section, dependencies);
  assert.ok(await store.findProfile(BOB));
});
