import assert from "node:assert/strict";
import { freePort } from "../../process/free_port.ts";
import { logEvent } from "../../process/program.ts";
import { rowTest } from "../../thorough.ts";
import { run, start } from "../command_line.ts";
import { type Differences, makePreparedWorkspace, type Workspace } from "../workspace.ts";

const NONE = { "threepid.medium.email.connector": "none" };

async function serve(workspace: Workspace) {
  const running = start(["serve", "-c", workspace.path("mxisd.yaml")]);
  await running.lines.find((line) => logEvent(line)?.event === "listening");
  return running;
}

function ask(workspace: Workspace, ...words: readonly string[]) {
  return run([...words, "-c", workspace.path("mxisd.yaml")]);
}

/** Where the service listens. */
const HOSTS: readonly (readonly [string, Differences])[] = [
  ["the loopback address", {}],
  ["all addresses", { "server.host": "0.0.0.0" }],
  ["all addresses by default", { "appsvc.endpoint.toAS.url": "http://mxisd.example.org:8090" }],
];

for (const [index, [where, differences]] of HOSTS.entries()) {
  rowTest(index === 0)(`health and ready find a service that listens at ${where}`, async () => {
    const port = freePort();
    await using workspace = await makePreparedWorkspace({
      ...NONE,
      "server.metrics.port": port,
      ...differences,
    });
    await using _running = await serve(workspace);
    const ok = { code: 0, err: "" };
    assert.deepEqual(await ask(workspace, "health"), { ...ok, out: "ok\n" });
    assert.deepEqual(await ask(workspace, "ready"), { ...ok, out: "ready\n" });
    assert.deepEqual(await ask(workspace, "ready", "--delivery"), { ...ok, out: "ready\n" });
  });
}

Deno.test("health needs no listener for monitoring, and ready says that it does", async () => {
  await using workspace = await makePreparedWorkspace(NONE);
  await using _running = await serve(workspace);
  assert.equal((await ask(workspace, "health")).code, 0);
  const { code, err } = await ask(workspace, "ready");
  assert.equal(code, 3);
  assert.match(err, /^server\.metrics\.port is not set/);
});

Deno.test("no service is a failure, and so is another program", async () => {
  await using workspace = await makePreparedWorkspace({
    ...NONE,
    "server.metrics.port": freePort(),
  });
  for (const words of [["health"], ["ready"], ["ready", "--delivery"]]) {
    const { code, out, err } = await ask(workspace, ...words);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(
      err,
      /^http:\/\/127\.0\.0\.1:\d+\/(?:health|readyz(?:\/delivery)?) cannot be reached\n$/,
    );
  }
  await using _other = Deno.serve(
    { port: workspace.port, hostname: "127.0.0.1", onListen() {} },
    () => new Response("welcome"),
  );
  const { code, err } = await ask(workspace, "health");
  assert.deepEqual([code, err], [1, `http://127.0.0.1:${workspace.port}/health answers 200\n`]);
});

Deno.test("the reasons are printed, without control characters", async () => {
  const port = freePort();
  await using workspace = await makePreparedWorkspace({ ...NONE, "server.metrics.port": port });
  const body = { status: "not ready", reasons: ["the database\u001b[31m is unavailable", "two"] };
  await using _service = Deno.serve(
    { port, hostname: "127.0.0.1", onListen() {} },
    () => Response.json(body, { status: 503 }),
  );
  const { code, out, err } = await ask(workspace, "ready", "--delivery");
  assert.deepEqual([code, out], [1, ""]);
  assert.ok(!err.includes("\u001b"));
  assert.equal(err.trimEnd().split("\n").length, 2);
});

Deno.test("an invalid configuration is told", async () => {
  await using workspace = await makePreparedWorkspace({ ...NONE, "server.port": "many" });
  const { code, err } = await ask(workspace, "health");
  assert.equal(code, 3);
  assert.match(err, /server\.port: /);
});
