import assert from "node:assert/strict";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { refusal, ScriptedHomeserver } from "../../fakes/matrix/scripted_homeserver.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { logEvent } from "../../process/program.ts";
import { run, type Running, start } from "../command_line.ts";
import { HS_TOKEN, makePlace, type Place } from "../place.ts";

const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";
const TEMPLATE = "threepid.medium.email.generators.template.generic.matrixId";

/** Starts `serve` and waits until it has started. */
async function serve(place: Place, ...flags: readonly string[]): Promise<Running> {
  const running = start(["serve", "-v", ...flags, "-c", place.path("mxisd.yaml")]);
  await happened(running, "permissions given up");
  return running;
}

function happened(running: Running, event: string) {
  return running.lines.find((line) => logEvent(line)?.event === event);
}

async function push(place: Place, token = HS_TOKEN): Promise<[number, unknown]> {
  const response = await fetch(`http://127.0.0.1:${place.port}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ events: [inviteEvent()] }),
  });
  return [response.status, await response.json()];
}

Deno.test("serve answers, mails, and stops with 0 when it is asked to", async () => {
  await using sink = await startSmtpSink();
  await using place = await makePlace({ [SMTP_PORT]: sink.port });
  await using running = await serve(place);
  const health = await fetch(`http://127.0.0.1:${place.port}/health`);
  assert.deepEqual(await health.json(), { status: "ok" });
  assert.deepEqual((await push(place, "wrong"))[0], 403);
  assert.deepEqual(await push(place), [200, {}]);
  await happened(running, "mail sent");
  assert.deepEqual(sink.mails.map(({ to }) => to), [["bob@corp.example"]]);

  const { code, out, err } = await running.stop();
  assert.deepEqual([code, out], [0, ""]);
  const events = err.trimEnd().split("\n").map((line) => logEvent(line)?.event);
  assert.equal(events[0], "listening");
  assert.equal(events.at(-1), "stopped");
  assert.ok(!err.includes("bob@corp.example"));
  assert.ok(!err.includes(HS_TOKEN));
});

Deno.test("without a command the arguments are serve's", async () => {
  await using place = await makePlace();
  await using running = start(["-vv", "-c", place.path("mxisd.yaml")]);
  await happened(running, "listening");
  assert.equal((await running.stop()).code, 0);
});

Deno.test("serve keeps no permission that the configuration does not need", async () => {
  await using place = await makePlace();
  const needs = async () => {
    await using running = await serve(place);
    return running.needs;
  };
  assert.deepEqual(await needs(), [{ read: false, write: false, run: false }]);

  const synapse = {
    "synapseSql.enabled": true,
    "synapseSql.type": "sqlite",
    "synapseSql.connection": place.path("homeserver.db"),
  };
  await place.configure(synapse);
  assert.deepEqual(await needs(), [{ read: true, write: false, run: false }]);
  // Rooms have their names there.
  await place.configure({ ...synapse, "synapseSql.enabled": false });
  assert.deepEqual(await needs(), [{ read: true, write: false, run: false }]);

  await place.configure({
    "wordpress.enabled": true,
    "wordpress.sql.type": "sqlite",
    "wordpress.sql.connection": place.path("wordpress.db"),
  });
  assert.deepEqual(await needs(), [{ read: true, write: false, run: false }]);

  await place.configure({
    "threepid.medium.email.connector": "file",
    "threepid.medium.email.connectors.file.folder": place.path("mails"),
  });
  assert.deepEqual(await needs(), [{ read: true, write: true, run: false }]);

  await place.configure({ "exec.enabled": true, "exec.profile.displayName.command": "true" });
  assert.deepEqual(await needs(), [{ read: false, write: false, run: true }]);
});

Deno.test("a port that is taken ends with 4, and says what to do", async () => {
  await using place = await makePlace();
  using _other = Deno.listen({ hostname: "127.0.0.1", port: place.port });
  const { code, err } = await run(["serve", "-c", place.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(err, new RegExp(`port ${place.port} at 127\\.0\\.0\\.1 is in use: .*server\\.port`));
});

// TEST-NET-3 of RFC 5737 is nobody's, and so are names in .invalid (RFC 2606).
for (const host of ["203.0.113.1", "nobody.invalid"]) {
  Deno.test(`an address that is not this machine's ends with 4: ${host}`, async () => {
    await using place = await makePlace({ "server.host": host });
    const { code, err } = await run(["serve", "-c", place.path("mxisd.yaml")]);
    assert.equal(code, 4);
    assert.ok(err.includes(`cannot listen on port ${place.port} at ${host}: set server.host`));
  });
}

Deno.test("a database that another service has open ends with 4", async () => {
  await using place = await makePlace();
  await using _first = await serve(place);
  const { code, err } = await run(["serve", "-c", place.path("mxisd.yaml")]);
  assert.equal(code, 4);
  assert.match(err, /"event":"cannot start".*outbox\.db/);
});

Deno.test("a broken legacy template ends with 4 and its lines", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(place.path("mail.eml"), "To: nobody\n\nHello\n");
  const config = await place.configure({ [TEMPLATE]: place.path("mail.eml") });
  const { code, err } = await run(["serve", "-c", config]);
  assert.equal(code, 4);
  assert.match(err, /mail\.eml:1: has no Subject/);
});

Deno.test("tls.ca without a certificate that can be used ends with 4", async () => {
  await using place = await makePlace();
  const text = "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n";
  await Deno.writeTextFile(place.path("ca.pem"), text);
  const config = await place.configure({ "tls.ca": place.path("ca.pem") });
  const { code, err } = await run(["serve", "-c", config], { terminal: true });
  assert.equal(code, 4);
  assert.match(err, /ERROR {3}app: cannot start reason="tls\.ca: the certificates in /);
});

Deno.test("a service that is switched off says so, and mails nobody", async () => {
  await using place = await makePlace({ "appsvc.enabled": false });
  await using running = await serve(place);
  assert.deepEqual(await push(place), [200, {}]);
  const { err } = await running.stop();
  assert.match(err, /appsvc\.enabled is false/);
  assert.doesNotMatch(err, /invite seen/);
});

Deno.test("the level of the log comes from the configuration", async () => {
  await using place = await makePlace({ "logging.level": "warning" });
  const config = place.path("mxisd.yaml");
  await using running = start(["serve", "-c", config]);
  // It logs nothing that could be waited for.
  while (await health(place) !== 200) await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(await running.stop(), { code: 0, out: "", err: "" });
});

async function health(place: Place): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${place.port}/health`);
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
  Deno.test(`at the start the homeserver is asked for a ping: ${what}`, async () => {
    await using homeserver = new ScriptedHomeserver({ "as-token-of-this-test": reply });
    await using place = await makePlace({
      "appsvc.endpoint.toHS.url": homeserver.url,
      "appsvc.endpoint.toHS.token": "as-token-of-this-test",
    });
    await using running = await serve(place);
    await happened(running, event);
    const { code, err } = await running.stop();
    assert.equal(code, 0);
    assert.ok(!err.includes("as-token-of-this-test"));
  });
}

Deno.test("the registration file is written, kept up to date, and its tokens are left alone", async () => {
  await using place = await makePlace();
  const file = place.path("registration.yaml");
  const keep = { "appsvc.registration.synapse.file": file };
  await place.configure(keep);
  const events = async () => {
    await using running = await serve(place);
    const { err } = await running.stop();
    return err.trimEnd().split("\n").map((line) => logEvent(line))
      .filter((event) => event?.part === "registration")
      .map((event) => event?.event);
  };
  assert.deepEqual(await events(), ["registration written"]);
  const written = await Deno.readTextFile(file);
  assert.deepEqual(await events(), []);
  assert.equal(await Deno.readTextFile(file), written);

  await Deno.writeTextFile(file, written.replace(/^url: .*$/m, "url: 'http://old:1'"));
  assert.deepEqual(await events(), ["registration updated"]);
  assert.equal(await Deno.readTextFile(file), written);

  const foreign = written.replace(HS_TOKEN, "token-of-another-service");
  await Deno.writeTextFile(file, foreign);
  assert.deepEqual(await events(), ["registration problem"]);
  assert.equal(await Deno.readTextFile(file), foreign);
});

Deno.test("a registration file that cannot be written is told of, and keeps nothing from working", async () => {
  await using place = await makePlace();
  await place.configure({
    "appsvc.registration.synapse.file": place.path("missing/registration.yaml"),
  });
  await using running = await serve(place);
  const line = await happened(running, "registration not updated");
  assert.equal(logEvent(line)?.level, "error");
  assert.deepEqual(await push(place), [200, {}]);
  assert.equal((await running.stop()).code, 0);
});
