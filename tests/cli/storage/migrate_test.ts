import assert from "node:assert/strict";
import { run } from "../command_line.ts";
import { type Differences, makeWorkspace } from "../workspace.ts";

interface Mistake {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly differences?: Differences;
  readonly code: number;
  readonly message: RegExp;
}

const SERVER: Differences = {
  "storage.provider.postgresql.database": "//127.0.0.1:1/mx?sslmode=disable",
  "storage.provider.postgresql.username": "mx",
};

const MISTAKES: readonly Mistake[] = [
  { name: "one kind", from: "sqlite", to: "sqlite", code: 2, message: /Name two kinds/ },
  { name: "a kind that there is not", from: "sqlite", to: "mysql", code: 2, message: /mysql/ },
  {
    name: "no section for PostgreSQL",
    ...{ from: "postgresql", to: "sqlite", code: 4 },
    message: /storage\.provider\.postgresql\.database: is missing/,
  },
  {
    name: "no file to move",
    ...{ from: "sqlite", to: "postgresql", differences: SERVER, code: 4 },
    message: /storage\.provider\.sqlite\.database: .*outbox\.db does not exist: .*nothing to move/,
  },
  {
    name: "a server that cannot be reached",
    ...{ from: "postgresql", to: "sqlite", differences: SERVER, code: 4 },
    message: /storage\.provider\.postgresql\.database: .*127\.0\.0\.1:1/,
  },
];

for (const { name, from, to, differences = {}, code, message } of MISTAKES) {
  Deno.test(`storage migrate says what is wrong: ${name}`, async () => {
    await using workspace = await makeWorkspace(differences);
    const args = ["storage", "migrate", "--from", from, "--to", to];
    const result = await run([...args, "-c", workspace.path("mxisd.yaml")]);
    assert.equal(result.code, code, result.err);
    assert.match(result.err, message);
    await assert.rejects(Deno.stat(workspace.path("outbox.db")), Deno.errors.NotFound);
  });
}
