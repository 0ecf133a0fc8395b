import assert from "node:assert/strict";
import { run } from "../command_line.ts";
import { makeWorkspace } from "../workspace.ts";

const BOB = "@bob:example.org";

Deno.test("doctor store checks a store, and shows its queries and results", async () => {
  await using workspace = await makeWorkspace();
  await using rest = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      if (request.method === "OPTIONS") return new Response(null, { status: 405 });
      const threepids = [{ medium: "email", address: "bob@corp.example" }];
      return Response.json({ profile: { display_name: "Bob\x1b[2J", threepids } });
    },
  );
  const url = `http://127.0.0.1:${rest.addr.port}`;
  const config = await workspace.configure({
    "rest.enabled": true,
    "rest.host": url,
    "rest.bearer": "t0ps3cret-token",
    "rest.endpoints.profile.roles": "",
  });
  const { code, out, err } = await run(["doctor", "store", "rest", BOB, "-c", config]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^rest \(\d+ ms\) is ready$/m);
  assert.ok(out.includes(`query: POST ${url}/_mxisd/backend/api/v1/profile/threepids\n`));
  assert.match(out, /^rest \(\d+ ms\):\n {2}name {7}Bob\\u\{1b\}\[2J\n {2}addresses {2}bob@corp/m);
  assert.ok(!out.includes("t0ps3cret"));

  const checked = await run(["doctor", "store", "rest", "-c", config]);
  assert.equal(checked.code, 0);
  assert.match(checked.out, /^rest \(\d+ ms\) is ready\n$/);
});

Deno.test("doctor store ends with 1 when the store fails, and says whether a retry can help", async () => {
  await using workspace = await makeWorkspace();
  const config = await workspace.configure({
    "rest.enabled": true,
    "rest.host": "http://127.0.0.1:1",
  });
  const down = await run(["doctor", "store", "rest", BOB, "-c", config]);
  assert.deepEqual([down.code, down.err], [1, ""]);
  const lines = down.out.split("\n");
  assert.match(
    lines[0] ?? "",
    /^rest \(\d+ ms\) is unavailable: 127.0.0.1:1 cannot be reached \(ECONNREFUSED\): nothing/,
  );
  assert.match(
    lines.at(-2) ?? "",
    /^rest \(\d+ ms\) is unavailable: 127.0.0.1:1 cannot be reached \(ECONNREFUSED\): nothing/,
  );

  await workspace.configure({ "memory.file": workspace.path("missing.csv") });
  const wrong = await run(["doctor", "store", "memory", "-c", config]);
  assert.equal(wrong.code, 1);
  const reason = /is misconfigured: ".*missing\.csv" cannot be read: it does not exist\n$/;
  assert.match(wrong.out, /^memory \(\d+ ms\) /);
  assert.match(wrong.out, reason);
});

Deno.test("doctor store ends with 1 when the store has no address", async () => {
  await using workspace = await makeWorkspace();
  const config = ["-c", workspace.path("mxisd.yaml")];
  for (const user of ["@carol:example.org", "@nobody:example.org"]) {
    const { code, out } = await run(["doctor", "store", "memory", user, ...config]);
    assert.equal(code, 1);
    assert.match(out, /^memory \(\d+ ms\) is ready$/m);
  }
});

Deno.test("doctor store needs a store that is enabled", async () => {
  await using workspace = await makeWorkspace();
  const { code, out, err } = await run([
    "doctor",
    "store",
    "rest",
    "-c",
    workspace.path("mxisd.yaml"),
  ]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /^rest is not enabled, .* write "enabled: true"$/m);
});

Deno.test("doctor store ends with 2 for an unknown store or an invalid Matrix ID", async () => {
  const store = await run(["doctor", "store", "ldpa\x1b"]);
  assert.equal(store.code, 2);
  assert.match(
    store.err,
    /^Unknown identity store "ldpa\\u\{1b\}": did you mean ldap\? Write one of memory, /,
  );
  assert.equal((await run(["doctor", "store", "__proto__"])).code, 2);
  const user = await run(["doctor", "store", "memory", "bob"]);
  assert.equal(user.code, 2);
  assert.match(user.err, /bob is not a Matrix ID: write one such as @bob:example\.org/);
  assert.equal((await run(["doctor", "store"])).code, 2);
});
