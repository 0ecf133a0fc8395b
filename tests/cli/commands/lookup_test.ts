import assert from "node:assert/strict";
import { printable } from "../../../src/text/printable.ts";
import { SynapseDatabase } from "../../fakes/identity/sql/synapse_database.ts";
import { run } from "../command_line.ts";
import { makeWorkspace } from "../workspace.ts";

Deno.test("lookup shows what a store returns, and ends with 0", async () => {
  await using workspace = await makeWorkspace();
  const { code, out, err } = await run([
    ...["lookup", "@bob:example.org", "-c", workspace.path("mxisd.yaml")],
  ]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(
    out,
    /^memory \(\d+ ms\):\n {2}name {7}Bob Brown\n {2}addresses {2}bob@corp\.example\n {2}state {6}active\n$/,
  );
});

Deno.test("a user without an address, and an unknown one, end with 1", async () => {
  await using workspace = await makeWorkspace();
  const config = ["-c", workspace.path("mxisd.yaml")];
  const carol = await run(["lookup", "@carol:example.org", ...config]);
  assert.equal(carol.code, 1);
  assert.match(carol.out, /addresses {2}none/);
  const nobody = await run(["lookup", "@nobody:example.org", ...config]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.out, /^memory \(\d+ ms\): no such user$/m);
});

Deno.test("lookup queries all stores, and names those that are unavailable", async () => {
  await using workspace = await makeWorkspace();
  await using rest = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no", { status: 503 }),
  );
  using database = new SynapseDatabase(workspace.path("homeserver.db"));
  database.add({ id: "@bob:example.org", addresses: ["bob@home.example"] });
  const config = await workspace.configure({
    "synapseSql.enabled": true,
    "synapseSql.type": "sqlite",
    "synapseSql.connection": workspace.path("homeserver.db"),
    "rest.enabled": true,
    "rest.host": `http://127.0.0.1:${rest.addr.port}`,
  });
  const { code, out, err } = await run(["lookup", "@bob:example.org", "-c", config]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^memory \(/m);
  assert.match(out, /^synapseSql \(\d+ ms\):\n[^]*bob@home\.example/m);
  assert.match(out, /^rest \(\d+ ms\) is unavailable: (?!rest: ).*503/m);

  const louder = await run(["lookup", "@bob:example.org", "-v", "-c", config]);
  assert.match(louder.err, /"event":"store did not answer"/);
});

Deno.test("a store that is misconfigured says what is wrong", async () => {
  await using workspace = await makeWorkspace({ "memory.enabled": false });
  const config = await workspace.configure({
    "memory.enabled": false,
    "synapseSql.enabled": true,
    "synapseSql.type": "sqlite",
    "synapseSql.connection": workspace.path("missing.db"),
  });
  const { code, out } = await run(["lookup", "@bob:example.org", "-c", config]);
  assert.equal(code, 1);
  assert.match(
    out,
    /^synapseSql \(\d+ ms\) is misconfigured: .*missing\.db" cannot be read: it does not exist$/m,
  );
});

Deno.test("a store whose profile is switched off is not queried", async () => {
  await using workspace = await makeWorkspace();
  const off = {
    "synapseSql.enabled": true,
    "synapseSql.type": "sqlite",
    "synapseSql.connection": workspace.path("missing.db"),
    "synapseSql.profile.enabled": false,
  };
  const config = await workspace.configure(off);
  const { code, out } = await run(["lookup", "@bob:example.org", "-c", config]);
  assert.equal(code, 0);
  assert.doesNotMatch(out, /synapseSql/);

  await workspace.configure({ ...off, "memory.enabled": false });
  const none = await run(["lookup", "@bob:example.org", "-c", config]);
  assert.deepEqual([none.code, none.out], [1, ""]);
  assert.match(none.err, /No identity store is enabled/);
});

Deno.test("names that act on a terminal are shown escaped", async () => {
  await using workspace = await makeWorkspace();
  const config = await workspace.configure({
    "memory.identities": [{
      username: "bob",
      displayName: "Bob\x1b[2J\n  addresses  bob@evil.example\u202e",
      threepids: [{ medium: "email", address: "bob@corp.example" }],
      roles: ["a\x07dmin"],
    }],
  });
  const { out } = await run(["lookup", "@bob:example.org", "-c", config]);
  assert.equal(out.split("\n").map(printable).join("\n"), out);
  assert.match(out, /Bob\\u\{1b\}\[2J\\n {2}addresses/);
  assert.equal(out.match(/^ {2}addresses /gm)?.length, 1);
});

Deno.test("a user of another server is looked up, with a warning", async () => {
  await using workspace = await makeWorkspace();
  const { code, err } = await run([
    ...["lookup", "@bob:remote.example", "-c", workspace.path("mxisd.yaml")],
  ]);
  assert.equal(code, 1);
  assert.match(
    err,
    /@bob:remote\.example is not a user of example\.org: the service never looks them up/,
  );
});

Deno.test("an invalid Matrix ID ends with 2, and is repeated escaped", async () => {
  for (const text of ["bob", "@bob", "bob@example.org", "@b\x1bob:example.org"]) {
    const { code, out, err } = await run(["lookup", text]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /is not a Matrix ID: write one such as @bob:example\.org/);
    assert.ok(!err.includes("\x1b"));
  }
});

Deno.test("lookup --json prints one document, also when a store fails or knows nobody", async () => {
  await using workspace = await makeWorkspace({
    "rest.enabled": true,
    "rest.host": "http://127.0.0.1:1",
  });
  const config = workspace.path("mxisd.yaml");
  const { code, out } = await run(["lookup", "--json", "@bob:example.org", "-c", config]);
  assert.equal(code, 0);
  const { user, stores } = JSON.parse(out);
  assert.equal(user, "@bob:example.org");
  const [memory, rest] = ["memory", "rest"].map((name) =>
    stores.find(({ store }: { store: string }) => store === name)
  );
  assert.equal(memory.result, "found");
  assert.deepEqual(memory.addresses, ["bob@corp.example"]);
  assert.equal(memory.name, "Bob Brown");
  assert.deepEqual([rest.result, rest.fault], ["failed", "temporary"]);
  assert.match(rest.reason, /127\.0\.0\.1/);
  const nobody = await run(["lookup", "--json", "@nobody:example.org", "-c", config]);
  assert.equal(nobody.code, 1);
  assert.equal(JSON.parse(nobody.out).stores[0].result, "unknown");
});
