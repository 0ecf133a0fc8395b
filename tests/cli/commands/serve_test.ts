import assert from "node:assert/strict";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { refusal, ScriptedHomeserver } from "../../fakes/matrix/scripted_homeserver.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { logEvent } from "../../process/program.ts";
import { rowTest, thoroughTest } from "../../thorough.ts";
import { run, type Running, start } from "../command_line.ts";
import { HS_TOKEN, makePreparedWorkspace, makeWorkspace, type Workspace } from "../workspace.ts";

const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";
const TEMPLATE = "threepid.medium.email.generators.template.generic.matrixId";

/** Starts `serve` and waits until it has started. */
async function serve(workspace: Workspace, ...flags: readonly string[]): Promise<Running> {
  const running = start(["serve", "-v", ...flags, "-c", workspace.path("mxisd.yaml")]);
  await happened(running, "listening");
  return running;
}

function happened(running: Running, event: string) {
  return running.lines.find((line) => logEvent(line)?.event === event);
}

async function push(
  workspace: Workspace,
  token = HS_TOKEN,
  event: unknown = inviteEvent(),
): Promise<[number, unknown]> {
  const response = await fetch(`http://127.0.0.1:${workspace.port}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ events: [event] }),
  });
  return [response.status, await response.json()];
}

Deno.test("serve answers, mails, and stops with 0 when it is asked to", async () => {
  await using sink = await startSmtpSink();
  await using workspace = await makeWorkspace({ [SMTP_PORT]: sink.port });
  await using running = await serve(workspace);
  const health = await fetch(`http://127.0.0.1:${workspace.port}/health`);
  assert.deepEqual(await health.json(), { status: "ok" });
  assert.deepEqual((await push(workspace, "wrong"))[0], 403);
  assert.deepEqual(await push(workspace), [200, {}]);
  await happened(running, "mail sent");
  assert.deepEqual(sink.mails.map(({ to }) => to), [["bob@corp.example"]]);

  const { code, out, err } = await running.stop();
  assert.deepEqual([code, out], [0, ""]);
  const events = err.trimEnd().split("\n").map((line) => logEvent(line)?.event);
  assert.deepEqual(events.slice(0, 2), ["permissions given up", "listening"]);
  assert.equal(events.at(-1), "stopped");
  assert.ok(!err.includes("bob@corp.example"));
  assert.ok(!err.includes(HS_TOKEN));
});

thoroughTest("serve sends no faster than the rate", async () => {
  await using sink = await startSmtpSink();
  const threepids = ["bob@corp.example", "bob@home.example"]
    .map((address) => ({ medium: "email", address }));
  await using workspace = await makePreparedWorkspace({
    [SMTP_PORT]: sink.port,
    "threepid.medium.email.connectors.smtp.rate": "1/day",
    "memory.identities": [{ username: "bob", threepids }],
  });
  await using running = await serve(workspace);
  assert.deepEqual(await push(workspace), [200, {}]);
  await happened(running, "mail sent");
  // Without the rate, both would be in flight, and the service would finish both.
  assert.equal((await running.stop()).code, 0);
  assert.equal(sink.mails.length, 1);
});

Deno.test("without a command the arguments are serve's", async () => {
  await using workspace = await makePreparedWorkspace();
  await using running = start(["-vv", "-c", workspace.path("mxisd.yaml")]);
  await happened(running, "listening");
  assert.equal((await running.stop()).code, 0);
});

thoroughTest("serve keeps no permission that the configuration does not need", async () => {
  await using workspace = await makePreparedWorkspace();
  const needs = async () => {
    await using running = await serve(workspace);
    return running.needs;
  };
  assert.deepEqual(await needs(), [{ read: false, write: false, run: false }]);

  const synapse = {
    "synapseSql.enabled": true,
    "synapseSql.type": "sqlite",
    "synapseSql.connection": workspace.path("homeserver.db"),
  };
  await workspace.configure(synapse);
  assert.deepEqual(await needs(), [{ read: true, write: false, run: false }]);
  // Rooms have their names there.
  await workspace.configure({ ...synapse, "synapseSql.enabled": false });
  assert.deepEqual(await needs(), [{ read: true, write: false, run: false }]);

  await workspace.configure({
    "wordpress.enabled": true,
    "wordpress.sql.type": "sqlite",
    "wordpress.sql.connection": workspace.path("wordpress.db"),
  });
  assert.deepEqual(await needs(), [{ read: true, write: false, run: false }]);

  await workspace.configure({
    "threepid.medium.email.connector": "file",
    "threepid.medium.email.connectors.file.folder": workspace.path("mails"),
  });
  assert.deepEqual(await needs(), [{ read: true, write: true, run: false }]);

  await workspace.configure({ "exec.enabled": true, "exec.profile.displayName.command": "true" });
  assert.deepEqual(await needs(), [{ read: false, write: false, run: true }]);
});

Deno.test("a port that is in use ends with 4, and says what to do", async () => {
  await using workspace = await makePreparedWorkspace();
  using _other = Deno.listen({ hostname: "127.0.0.1", port: workspace.port });
  const { code, err } = await run(["serve", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(
    err,
    new RegExp(`port ${workspace.port} at 127\\.0\\.0\\.1 is in use: .*server\\.port`),
  );
});

// TEST-NET-3 of RFC 5737 is nobody's, and so are names in .invalid (RFC 2606).
for (const host of ["203.0.113.1", "nobody.invalid"]) {
  Deno.test(`an address that is not this machine's ends with 4: ${host}`, async () => {
    await using workspace = await makePreparedWorkspace({ "server.host": host });
    const { code, err } = await run(["serve", "-c", workspace.path("mxisd.yaml")]);
    assert.equal(code, 4);
    assert.ok(err.includes(`cannot listen on port ${workspace.port} at ${host}: set server.host`));
  });
}

Deno.test("a database that another service has open ends with 4", async () => {
  await using workspace = await makePreparedWorkspace();
  await using _first = await serve(workspace);
  const { code, err } = await run(["serve", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(err, /"event":"cannot start".*outbox\.db/);
});

Deno.test("a broken legacy template ends with 4 and its lines", async () => {
  await using workspace = await makePreparedWorkspace();
  await Deno.writeTextFile(workspace.path("mail.eml"), "To: nobody\n\nHello\n");
  const config = await workspace.configure({ [TEMPLATE]: workspace.path("mail.eml") });
  const { code, err } = await run(["serve", "-c", config]);
  assert.equal(code, 4);
  assert.match(err, /mail\.eml:1: has no Subject/);
});

Deno.test("tls.ca without a usable certificate ends with 4", async () => {
  await using workspace = await makePreparedWorkspace();
  const text = "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n";
  await Deno.writeTextFile(workspace.path("ca.pem"), text);
  const config = await workspace.configure({ "tls.ca": workspace.path("ca.pem") });
  const { code, err } = await run(["serve", "-c", config], { terminal: true });
  assert.equal(code, 4);
  assert.match(err, /ERROR {3}app: cannot start reason="tls\.ca: the certificates in /);
});

Deno.test("a service that is switched off says so, and mails nobody", async () => {
  await using workspace = await makePreparedWorkspace({ "appsvc.enabled": false });
  await using running = await serve(workspace);
  assert.deepEqual(await push(workspace), [200, {}]);
  const { err } = await running.stop();
  assert.match(err, /appsvc\.enabled is false/);
  assert.doesNotMatch(err, /invite seen/);
});

Deno.test("an invite of somebody of another domain is logged with the domain", async () => {
  await using workspace = await makePreparedWorkspace();
  await using running = await serve(workspace);
  const event = { ...inviteEvent() as object, state_key: "@bob:elsewhere.example" };
  assert.deepEqual(await push(workspace, HS_TOKEN, event), [200, {}]);
  const line = await happened(running, "invites of other domains ignored");
  assert.match(line, /elsewhere\.example.*only people of example\.org \(matrix\.domain\)/);
  assert.equal((await running.stop()).code, 0);
});

thoroughTest("the level of the log comes from the configuration", async () => {
  await using workspace = await makePreparedWorkspace({
    "logging.level": "warning",
    "threepid.medium.email.connector": "none",
  });
  const config = workspace.path("mxisd.yaml");
  await using running = start(["serve", "-c", config]);
  // It logs nothing that could be waited for.
  while (await health(workspace) !== 200) await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(await running.stop(), { code: 0, out: "", err: "" });
});

async function health(workspace: Workspace): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${workspace.port}/health`);
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

for (
  const [what, reply, event] of [
    ["reached", () => Response.json({ duration_ms: 3 }), "homeserver reaches this service"],
    [
      "not reached",
      () => refusal(502, "M_CONNECTION_FAILED"),
      "homeserver cannot reach this service",
    ],
    [
      "an old homeserver",
      () => refusal(404, "M_UNRECOGNIZED"),
      "homeserver reachability unknown",
    ],
  ] as const
) {
  rowTest(what === "not reached")(
    `at the start the homeserver pings the service: ${what}`,
    async () => {
      await using homeserver = new ScriptedHomeserver({ "as-token-of-this-test": reply });
      await using workspace = await makePreparedWorkspace({
        "appsvc.endpoint.toHS.url": homeserver.url,
        "appsvc.endpoint.toHS.token": "as-token-of-this-test",
      });
      await using running = await serve(workspace);
      await happened(running, event);
      const { code, err } = await running.stop();
      assert.equal(code, 0);
      assert.ok(!err.includes("as-token-of-this-test"));
    },
  );
}

Deno.test("a registration file that cannot be written is logged, and the service works", async () => {
  await using workspace = await makePreparedWorkspace();
  await workspace.configure({
    "appsvc.registration.synapse.file": workspace.path("missing/registration.yaml"),
  });
  await using running = await serve(workspace);
  const line = await happened(running, "registration not updated");
  assert.equal(logEvent(line)?.level, "error");
  assert.deepEqual(await push(workspace), [200, {}]);
  assert.equal((await running.stop()).code, 0);
});
