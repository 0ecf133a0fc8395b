import assert from "node:assert/strict";
import { makeWorkspace } from "../../cli/workspace.ts";
import { Child } from "../../process/child.ts";
import { programCommand, programEnvironment, runCommand } from "../../process/program.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { fill, ROWS } from "./filled_file.ts";

const CONFIG = ["-c", "mxisd.yaml"];
// What the program waits for when it is killed: early, in the middle and late.
const TABLES = ["mail_invitations", "timeline", "suppressions"];

/** Keeps others from using a table until it is disposed of. */
function lock(server: Postgresql, table: string, mode: string): AsyncDisposable {
  const name = crypto.randomUUID();
  const holding = server.run(
    "postgres",
    `DO $$ BEGIN
       LOCK TABLE mxisd.${table} IN ${mode} MODE;
       WHILE NOT EXISTS (SELECT 1 FROM released WHERE name = '${name}')
         LOOP PERFORM pg_sleep(0.02); END LOOP;
     END $$`,
  );
  return {
    async [Symbol.asyncDispose]() {
      await server.run("postgres", `INSERT INTO released VALUES ('${name}')`);
      await holding;
    },
  };
}

/** Waits until the program waits for a table. */
async function waitUntilWaiting(server: Postgresql, table: string): Promise<void> {
  await server.run(
    "postgres",
    `DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_locks
       WHERE relation = to_regclass('mxisd.${table}') AND NOT granted)
     LOOP PERFORM pg_sleep(0.02); END LOOP; END $$`,
  );
}

Deno.test("storage migrate that is killed three times each way ends with equal sums", async () => {
  await using server = await startPostgresql({ fsync: true });
  await using workspace = await makeWorkspace();
  const { folder } = workspace;
  const { user, password } = server.superuser;
  const database = `//localhost:${server.port}/postgres?sslmode=disable`;
  const section = {
    "storage.provider.postgresql": { database, username: user, password },
  };
  await workspace.configure(section);
  await fill(workspace.path("outbox.db"));
  const onServer = { ...section, "storage.backend": "postgresql" };
  const made = await runCommand(folder, "storage", "migrations", "--sql", ...CONFIG);
  await server.run("postgres", made.output, "CREATE TABLE released (name text)");

  const outputs: string[] = [];
  for (const [from, to] of [["sqlite", "postgresql"], ["postgresql", "sqlite"]] as const) {
    const command = ["storage", "migrate", "--from", from, "--to", to, ...CONFIG];
    // The source is read, and the target written.
    const mode = to === "postgresql" ? "EXCLUSIVE" : "ACCESS EXCLUSIVE";
    for (const table of TABLES) {
      await using _locked = lock(server, table, mode);
      const [program, ...args] = await programCommand();
      await using child = new Child({
        name: "storage migrate",
        command: [program, ...args, ...command],
        cwd: folder,
        env: programEnvironment(),
      });
      await waitUntilWaiting(server, table);
      child.signal("SIGKILL");
      await child.ended;
    }
    const { code, output, errors } = await runCommand(folder, ...command);
    assert.equal(code, 0, errors);
    assert.match(output, new RegExp(`^invitations .* ${ROWS - 1}  sha256:[0-9a-f]{64}$`, "m"));
    outputs.push(output);
    // The way back has a file of its own as its target.
    await workspace.configure({
      ...onServer,
      "storage.provider.sqlite.database": workspace.path("back.db"),
    });
  }
  const sums = outputs.map((output) => [...output.matchAll(/sha256:.*/g)].map(([sum]) => sum));
  assert.deepEqual(sums[0], sums[1]);
  const checked = await runCommand(folder, "storage", "check", ...CONFIG);
  assert.equal(checked.code, 0, checked.errors);
  await workspace.configure({});
  const copied = await runCommand(folder, "storage", "backup", "copy.db", ...CONFIG);
  assert.equal(copied.code, 0, copied.errors);
});
