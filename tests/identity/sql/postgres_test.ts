import assert from "node:assert/strict";
import { userOf } from "../../contracts/identity_store.ts";
import { fakePostgresql } from "../../fakes/identity/sql/fake_postgresql.ts";
import { testProtocol } from "./protocol_tests.ts";

const { test, open } = testProtocol({
  name: "PostgreSQL's protocol",
  type: "postgresql",
  start: fakePostgresql,
  parameters: "",
  cannotHold: ["bob\0"],
  tls: {
    required: ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"],
    optional: ["sslmode=prefer", "sslmode=disable"],
  },
  loginRefused: /^misconfigured: .* refuses the login: password authentication failed/,
});

test("of several servers the first that can be reached is used", async (server) => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  const hosts = `127.0.0.1:${port},127.0.0.1:${server.port}`;
  await using store = open(server, { hosts, parameters: "currentSchema=public" });
  assert.ok(await store.findProfile(userOf("bob")));
});
