import assert from "node:assert/strict";
import { startSmtpSink } from "../fakes/mail/smtp_sink.ts";
import { Child } from "../process/child.ts";
import { folderContent } from "../process/folder_content.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, programCommand, programEnvironment } from "../process/program.ts";
import { type RunResult, runToEnd } from "../process/run_to_end.ts";
import { thoroughTest } from "../thorough.ts";
import { run, start } from "./command_line.ts";
import { HS_TOKEN, makeWorkspace, type Workspace } from "./workspace.ts";

const DATABASE = "storage.provider.sqlite.database";
const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";

/** A folder of systemd's, with a database in which a mail waits. */
async function fillState(workspace: Workspace): Promise<void> {
  await Deno.mkdir(workspace.path("state"), { recursive: true });
  await using service = start(["serve"], {
    cwd: workspace.folder,
    env: environment(workspace),
  });
  const event = (name: string) => service.lines.find((line) => logEvent(line)?.event === name);
  await event("listening");
  const response = await fetch(`http://127.0.0.1:${workspace.port}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events: [inviteEvent()] }),
  });
  await response.body?.cancel();
  await event("mail deferred");
  await service.stop();
}

function environment(workspace: Workspace): Record<string, string> {
  return {
    STATE_DIRECTORY: workspace.path("state"),
    CREDENTIALS_DIRECTORY: workspace.path("state"),
    TMPDIR: workspace.path("temporary"),
  };
}

/** Runs the demonstration in a process of its own, which has the environment from the start. */
async function demonstrate(
  workspace: Workspace,
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  await Deno.mkdir(workspace.path("temporary"), { recursive: true });
  return await runToEnd([...await programCommand(), "demo"], {
    cwd: workspace.folder,
    env: { ...programEnvironment(), ...environment(workspace), ...env },
  });
}

thoroughTest(
  "the demonstration neither mails nor changes what waits in STATE_DIRECTORY",
  async () => {
    await using workspace = await makeWorkspace({ [DATABASE]: undefined });
    await fillState(workspace);
    const before = await folderContent(workspace.path("state"));
    assert.ok(Object.hasOwn(before, "appservice-mxisd.db"));
    const { code, output, errors } = await demonstrate(workspace);
    assert.deepEqual([code, errors], [0, ""], output);
    assert.equal(output.match(/An email has arrived/g)?.length, 1);
    assert.match(output, /Plans for 2027/);
    assert.deepEqual(await folderContent(workspace.path("state")), before);
  },
);

thoroughTest("the demonstration takes nothing from the environment", async () => {
  await using workspace = await makeWorkspace({ [DATABASE]: undefined });
  await Deno.mkdir(workspace.path("state"));
  const nowhere = "http://127.0.0.1:9";
  const { code, output, errors } = await demonstrate(workspace, {
    MXISD_LOG_LEVEL: "nonsense",
    HTTP_PROXY: nowhere,
    http_proxy: nowhere,
    ALL_PROXY: nowhere,
  });
  assert.deepEqual([code, errors], [0, ""], output);
  assert.deepEqual(await folderContent(workspace.path("state")), {});
});

thoroughTest("the demonstration uses a configuration only for its samples", async () => {
  await using workspace = await makeWorkspace({ [DATABASE]: undefined });
  await fillState(workspace);
  const before = await folderContent(workspace.path("state"));
  await Deno.mkdir(workspace.path("temporary"));
  await using demo = new Child({
    name: "the demonstration",
    command: [...await programCommand(), "demo", "--keep", "-c", "mxisd.yaml"],
    cwd: workspace.folder,
    env: { ...programEnvironment(), ...environment(workspace) },
  });
  await demo.line((line) => line.startsWith("See the emails"));
  assert.equal((await demo.stop()).code, 0, demo.tail());
  assert.deepEqual(await folderContent(workspace.path("state")), before);
});

const SHOWING: readonly (readonly [string, ...string[]])[] = [
  ["config", "check"],
  ["lookup", "@bob:example.org"],
  ["doctor", "store", "memory", "@bob:example.org"],
  ["preview", "--output", "FOLDER/shown", "--template", "FOLDER/mail.eml", "--language", "en"],
  ["templates", "check", "--template", "FOLDER/mail.eml"],
  ["send-test", "bob@corp.example"],
  ["simulate", "@alice:example.org", "@bob:example.org", "--send"],
  ["register"],
];

Deno.test("no command that only shows something creates or changes the database", async (t) => {
  await using sink = await startSmtpSink();
  await using workspace = await makeWorkspace({ [DATABASE]: undefined });
  await fillState(workspace);
  await workspace.configure({ [DATABASE]: undefined, [SMTP_PORT]: sink.port });
  await Deno.mkdir(workspace.path("empty"));
  await Deno.writeTextFile(workspace.path("mail.eml"), "Subject: %SENDER_NAME%\n\n%ROOM_NAME%\n");
  const before = await folderContent(workspace.path("state"));
  for (const args of SHOWING) {
    await t.step(args.join(" "), async () => {
      const words = args.map((word) => word.replace("FOLDER", workspace.folder));
      const env = environment(workspace);
      const beside = await run(words, { cwd: workspace.folder, env });
      assert.equal(beside.code, 0, beside.err);
      assert.deepEqual(await folderContent(workspace.path("state")), before);
      const empty = { ...env, STATE_DIRECTORY: workspace.path("empty") };
      const without = await run(words, { cwd: workspace.folder, env: empty });
      assert.equal(without.code, 0, without.err);
      assert.deepEqual(await folderContent(workspace.path("empty")), {});
    });
  }
});
