import assert from "node:assert/strict";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, programCommand, programEnvironment } from "../process/program.ts";
import { thoroughTest } from "../thorough.ts";
import { HS_TOKEN, makeWorkspace, type Workspace } from "./workspace.ts";

const BODIES = 8;
const INVITES = 1_000; // in each of the bodies, each a line of more than 200 bytes
const PATIENCE_MS = 120_000; // only for what hangs

/** Starts the service with its log in a pipe that nobody reads yet, or behind the shell's words. */
async function start({ folder }: Workspace, redirect = ""): Promise<Deno.ChildProcess> {
  const words = [...await programCommand(), "serve"].map((word) => `'${word}'`).join(" ");
  return new Deno.Command("/bin/sh", {
    args: ["-c", `exec ${words} ${redirect}`],
    cwd: folder,
    clearEnv: true,
    env: programEnvironment(),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function push({ port }: Workspace, id: number, count: number): Promise<void> {
  const events = Array.from(
    { length: count },
    (_, index) => inviteEvent({ room_id: `!room${id}-${index}:example.org` }),
  );
  const response = await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/transactions/${id}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${HS_TOKEN}` },
    body: JSON.stringify({ events }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  await response.body?.cancel();
  assert.equal(response.status, 200);
}

async function listening({ port }: Workspace): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function stop(service: Deno.ChildProcess): Promise<void> {
  service.kill("SIGTERM");
  const timer = setTimeout(() => service.kill("SIGKILL"), PATIENCE_MS);
  const { code, signal } = await service.status;
  clearTimeout(timer);
  assert.deepEqual([code, signal], [0, null]);
}

/** Reads the log to its end, and tells when the service has said how many lines it dropped. */
function read(log: ReadableStream<Uint8Array>) {
  const told = Promise.withResolvers<void>();
  const readAll = async () => {
    let text = "";
    for await (const chunk of log.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('"log lines dropped"')) told.resolve();
    }
    told.reject(new Error("no dropped line was told of"));
    return text;
  };
  return { told: told.promise, text: readAll() };
}

thoroughTest(
  "a log reader that stands still does not stop the service, and is told what it missed",
  async () => {
    await using workspace = await makeWorkspace({ "notify.delay": "1h" });
    const service = await start(workspace);
    await listening(workspace);
    for (let id = 1; id <= BODIES; id++) await push(workspace, id, INVITES);
    await push(workspace, BODIES + 1, 1);
    // Now it reads.
    const { told, text } = read(service.stderr);
    await told;
    await stop(service);
    const events = (await text).trimEnd().split("\n").map((line) => logEvent(line));
    const seen = events.filter((event) => event?.event === "invite seen").length;
    const dropped = events.filter((event) => event?.event === "log lines dropped")
      .reduce((sum, event) => sum + Number(event?.lines), 0);
    assert.ok(dropped > 0);
    assert.equal(seen + dropped, BODIES * INVITES + 1);
    assert.equal(events.at(-1)?.event, "stopped");
  },
);

thoroughTest("a service whose log nobody reads can be stopped", async () => {
  await using workspace = await makeWorkspace({ "notify.delay": "1h" });
  const service = await start(workspace);
  await listening(workspace);
  await push(workspace, 1, INVITES);
  await stop(service);
  await service.stderr.cancel();
});

thoroughTest("a log reader that goes away does not end the service", async () => {
  await using workspace = await makeWorkspace({ "notify.delay": "1h" });
  const service = await start(workspace);
  await service.stderr.cancel();
  await listening(workspace);
  await push(workspace, 1, INVITES);
  await push(workspace, 2, 1);
  await stop(service);
});

for (const redirect of ["2>/dev/full", "2>&-", "2</dev/null"]) {
  thoroughTest(
    `a log that cannot be written does not end the service: ${redirect}`,
    async () => {
      await using workspace = await makeWorkspace({ "notify.delay": "1h" });
      const service = await start(workspace, redirect);
      await listening(workspace);
      await push(workspace, 1, INVITES);
      await push(workspace, 2, 1);
      await stop(service);
      await service.stderr.cancel();
    },
  );
}
