import assert from "node:assert/strict";
import { parse } from "yaml";
import { refusal, ScriptedHomeserver } from "../../fakes/matrix/scripted_homeserver.ts";
import { freePort } from "../../process/free_port.ts";
import { logEvent } from "../../process/program.ts";
import { thoroughTest } from "../../thorough.ts";
import { run, type Running, start } from "../command_line.ts";
import { type Differences, HS_TOKEN, makePreparedWorkspace, type Workspace } from "../workspace.ts";

const NONE = { read: false, write: false, run: false };
const pong = () => Response.json({ duration_ms: 1 });

function happened(running: Running, event: string): Promise<string> {
  return running.lines.find((line) => logEvent(line)?.event === event);
}

function startService(workspace: Workspace): Running {
  return start(["serve", "-v", "-c", workspace.path("mxisd.yaml")]);
}

/** A workspace with a registration. */
async function makeRegistered(homeserverUrl: string, differences: Differences = {}) {
  const workspace = await makePreparedWorkspace();
  const file = workspace.path("registration.yaml");
  const configure = (more: Differences = {}) =>
    workspace.configure({
      "appsvc.registration.synapse.file": file,
      "appsvc.endpoint.toHS.url": homeserverUrl,
      ...differences,
      ...more,
    });
  assert.equal((await run(["register", "-c", await configure()])).code, 0);
  const written = await Deno.readTextFile(file);
  return {
    workspace,
    configure,
    file,
    written,
    token: String(parse(written).as_token),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

async function registrationEvents(workspace: Workspace): Promise<(string | undefined)[]> {
  await using running = startService(workspace);
  await happened(running, "listening");
  const { err } = await running.stop();
  return err.trimEnd().split("\n").map((line) => logEvent(line))
    .filter((event) => event?.part === "registration")
    .map((event) => event?.event);
}

Deno.test("the registration file is written, kept up to date, and its tokens are left alone", async () => {
  await using homeserver = new ScriptedHomeserver({});
  await using registered = await makeRegistered(homeserver.url);
  const { workspace, file } = registered;
  await Deno.remove(file);
  {
    await using running = startService(workspace);
    await happened(running, "registration written");
    await happened(running, "listening");
    assert.equal((await running.stop()).code, 0);
  }
  const written = await Deno.readTextFile(file);
  homeserver.replies[String(parse(written).as_token)] = pong;
  assert.deepEqual(await registrationEvents(workspace), []);
  assert.equal(await Deno.readTextFile(file), written);

  await Deno.writeTextFile(file, written.replace(/^url: .*$/m, "url: 'http://old:1'"));
  assert.deepEqual(await registrationEvents(workspace), ["registration updated"]);
  assert.equal(await Deno.readTextFile(file), written);

  const foreign = written.replace(HS_TOKEN, "token-of-another-service");
  await Deno.writeTextFile(file, foreign);
  assert.deepEqual(await registrationEvents(workspace), ["registration problem"]);
  assert.equal(await Deno.readTextFile(file), foreign);
});

Deno.test("a matrix.domain that is not the homeserver's name ends with 4 before a file is changed", async () => {
  await using homeserver = new ScriptedHomeserver({});
  await using registered = await makeRegistered(homeserver.url);
  const { configure, file, written, token } = registered;
  homeserver.replies[token] = pong;
  const config = await configure({ "matrix.domain": "matrix.example.org" });
  const { code, err } = await run(["serve", "-c", config]);
  assert.equal(code, 4);
  assert.match(err, /"event":"cannot start"/);
  assert.match(err, /matrix\.domain is .*matrix\.example\.org.* server_name is .*example\.org/);
  assert.match(err, /no file was changed/);
  assert.ok(!err.includes("listening"));
  assert.equal(await Deno.readTextFile(file), written);
});

thoroughTest(
  "a homeserver that is down does not stop the start: the file is checked once it is up",
  async () => {
    const port = freePort();
    await using registered = await makeRegistered(`http://127.0.0.1:${port}`);
    const { workspace, file, written, token } = registered;
    const outdated = written.replace(/^url: .*$/m, "url: 'http://old:1'");
    await Deno.writeTextFile(file, outdated);
    await using running = startService(workspace);
    await happened(running, "registration not checked yet");
    await happened(running, "listening");
    assert.equal(await Deno.readTextFile(file), outdated);
    // Only this file is still to be written.
    assert.deepEqual(running.needs, [{ ...NONE, read: true, write: true }]);

    await using _homeserver = new ScriptedHomeserver({ [token]: pong }, undefined, port);
    await happened(running, "registration updated");
    assert.equal(await Deno.readTextFile(file), written);
    while (running.needs.length < 2) await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual(running.needs[1], NONE);
    assert.equal((await running.stop()).code, 0);
  },
);

thoroughTest(
  "a homeserver that has another name once it is up ends the service, and no file is changed",
  async () => {
    const port = freePort();
    await using registered = await makeRegistered(`http://127.0.0.1:${port}`);
    const { configure, workspace, file, written, token } = registered;
    await configure({ "matrix.domain": "matrix.example.org" });
    await using running = startService(workspace);
    await happened(running, "listening");
    await using _homeserver = new ScriptedHomeserver({ [token]: pong }, undefined, port);
    const { code, err } = await running.ended;
    assert.equal(code, 4);
    assert.match(err, /"event":"cannot continue".*server_name is .*example\.org/);
    assert.equal(await Deno.readTextFile(file), written);
  },
);

thoroughTest("a homeserver that does not know the token yet is asked again", async () => {
  await using homeserver = new ScriptedHomeserver({});
  await using registered = await makeRegistered(homeserver.url);
  const { workspace, file, written, token } = registered;
  const outdated = written.replace(/^url: .*$/m, "url: 'http://old:1'");
  await Deno.writeTextFile(file, outdated);
  await using running = startService(workspace);
  await happened(running, "registration not checked yet");
  // It is restarted, and loads the registration.
  homeserver.replies[token] = pong;
  await happened(running, "registration updated");
  assert.equal(await Deno.readTextFile(file), written);
  assert.equal((await running.stop()).code, 0);
});

thoroughTest("a homeserver that hangs does not stop the start", async () => {
  await using homeserver = new ScriptedHomeserver({});
  await using registered = await makeRegistered(homeserver.url);
  homeserver.replies[registered.token] = () => refusal(502, "M_CONNECTION_FAILED");
  const never = Promise.withResolvers<Response>();
  homeserver.whoami = () => never.promise;
  await using running = startService(registered.workspace);
  await happened(running, "listening");
  assert.equal((await running.stop()).code, 0);
  never.resolve(pong());
});
