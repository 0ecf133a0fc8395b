import assert from "node:assert/strict";
import { HS_TOKEN, makeWorkspace, type Workspace } from "../../cli/workspace.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { logEvent, runCommand, startServing } from "../../process/program.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";

let server: Postgresql;

Deno.test.beforeAll(async () => {
  server = await startPostgresql({ fsync: true });
});
Deno.test.afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

function workspaceOn(differences: Readonly<Record<string, unknown>> = {}): Promise<Workspace> {
  const { user, password } = server.superuser;
  const database = `//localhost:${server.port}/postgres?sslmode=disable`;
  return makeWorkspace({
    "threepid.medium.email.connector": "none",
    "storage.backend": "postgresql",
    "storage.provider.postgresql": { database, username: user, password, ...differences },
  });
}

async function push(port: number, transaction: string): Promise<number> {
  const response = await fetch(
    `http://127.0.0.1:${port}/_matrix/app/v1/transactions/${transaction}`,
    {
      method: "PUT",
      headers: { authorization: `Bearer ${HS_TOKEN}` },
      body: JSON.stringify({ events: [inviteEvent({ room_id: `!${transaction}:example.org` })] }),
    },
  );
  await response.body?.cancel();
  return response.status;
}

Deno.test("a service that starts before its PostgreSQL waits for it, and answers 503 when it is lost", async () => {
  await using workspace = await workspaceOn();
  await server.down();
  await using service = await startServing(workspace.folder);
  const event = (name: string) => service.line((line) => logEvent(line)?.event === name);
  const waiting = logEvent(await event("waiting for the database"));
  assert.match(String(waiting?.reason), /^cannot connect to|ECONNREFUSED|refuse/);
  await server.up();
  await event("listening");
  assert.equal(await push(workspace.port, "one"), 200);
  await server.down();
  assert.equal(await push(workspace.port, "two"), 503);
  await server.up();
  assert.equal(await push(workspace.port, "two"), 200);
  assert.equal((await service.stop()).code, 0, service.tail());
});

const WRONG = [
  ["a password", { password: "wrong" }, /refuses the login \(28P01\)/],
  ["a user", { username: "nobody" }, /refuses the login \(28P01\)/],
  ["a database", { database: "//localhost:PORT/missing?sslmode=disable" }, /\(3D000\)/],
  [
    "a server without TLS",
    { database: "//localhost:PORT/postgres?sslmode=require" },
    /does not offer TLS: see sslmode/,
  ],
] as const;

for (const [what, section, message] of WRONG) {
  Deno.test(`a service whose configuration has ${what} that is wrong ends at once`, async () => {
    const entries = Object.entries(section)
      .map(([key, value]) => [key, value.replace("PORT", String(server.port))]);
    await using workspace = await workspaceOn(Object.fromEntries(entries));
    if (what.includes("TLS")) {
      await server.down();
      await server.up({ tls: false });
    }
    const { code, output, errors } = await runCommand(
      workspace.folder,
      ...["serve", "-c", "mxisd.yaml"],
    );
    assert.equal(code, 4);
    assert.match(output + errors, message);
    assert.doesNotMatch(output + errors, /waiting for the database/);
  });
}
