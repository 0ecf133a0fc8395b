import assert from "node:assert/strict";
import { parse } from "yaml";
import { logEvent } from "../../process/program.ts";
import { run, start } from "../command_line.ts";
import { type Differences, HS_TOKEN, makeWorkspace, type Workspace } from "../workspace.ts";

const NONE = { "threepid.medium.email.connector": "none", "appsvc.endpoint.toAS.token": undefined };

/** A workspace whose token is in a registration file. */
async function registered(): Promise<Workspace> {
  const workspace = await makeWorkspace({ ...NONE });
  await workspace.configure(differences(workspace));
  const { code, err } = await run(["register", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 0, err);
  return workspace;
}

function differences(workspace: Workspace, more: Differences = {}): Differences {
  return {
    ...NONE,
    "appsvc.registration.synapse.file": workspace.path("registration.yaml"),
    ...more,
  };
}

function rotate(workspace: Workspace) {
  return run(["register", "--rotate", "-c", workspace.path("mxisd.yaml")]);
}

async function registration(workspace: Workspace) {
  return parse(await Deno.readTextFile(workspace.path("registration.yaml")));
}

/** The status of a ping with that token, by a service that is started for it. */
async function statuses(workspace: Workspace, ...tokens: readonly string[]): Promise<number[]> {
  await using running = start(["serve", "-c", workspace.path("mxisd.yaml")]);
  await running.lines.find((line) => logEvent(line)?.event === "listening");
  const all: number[] = [];
  for (const token of tokens) {
    const response = await fetch(`http://127.0.0.1:${workspace.port}/_matrix/app/v1/ping`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    await response.body?.cancel();
    all.push(response.status);
  }
  return all;
}

Deno.test("register --rotate replaces the token in three steps, and both work meanwhile", async () => {
  await using workspace = await registered();
  const before = await registration(workspace);
  const kept = workspace.path("registration.yaml.previous");

  const first = await rotate(workspace);
  assert.deepEqual([first.code, first.err], [0, ""]);
  assert.match(first.out, /^Step 1 of 3: /);
  assert.ok(first.out.includes(`previousToken: { file: ${kept} }`));
  assert.deepEqual(await registration(workspace), before);
  assert.equal(await Deno.readTextFile(kept), `${before.hs_token}\n`);
  assert.equal(((await Deno.stat(kept)).mode ?? 0) & 0o007, 0);

  const rotating = { "appsvc.endpoint.toAS.previousToken": { file: kept } };
  await workspace.configure(differences(workspace, rotating));
  const second = await rotate(workspace);
  assert.deepEqual([second.code, second.err], [0, ""]);
  assert.match(second.out, /^Step 2 of 3: [^]* Restart this service\. If .* with --reload/);
  const { hs_token, ...rest } = await registration(workspace);
  assert.match(hs_token, /^[\w-]{43}$/);
  assert.notEqual(hs_token, before.hs_token);
  assert.deepEqual({ ...rest, hs_token: before.hs_token }, before);
  assert.deepEqual(await statuses(workspace, before.hs_token, hs_token, "x"), [200, 200, 403]);

  const third = await rotate(workspace);
  assert.match(third.out, /^Step 3 of 3: /);
  assert.equal((await registration(workspace)).hs_token, hs_token);
  await workspace.configure(differences(workspace));
  assert.deepEqual(await statuses(workspace, before.hs_token, hs_token), [403, 200]);
  for (const { out, err } of [first, second, third]) {
    assert.ok(!(out + err).includes(before.hs_token) && !(out + err).includes(hs_token));
  }
});

Deno.test("a token that is written in the configuration is not left behind", async () => {
  await using workspace = await registered();
  const { hs_token } = await registration(workspace);
  const text = await Deno.readTextFile(workspace.path("registration.yaml"));
  await workspace.configure(differences(workspace, {
    "appsvc.endpoint.toAS.token": hs_token,
    "appsvc.endpoint.toAS.previousToken": hs_token,
  }));
  const { code, err } = await rotate(workspace);
  assert.equal(code, 1);
  assert.match(err, /^Nothing was changed: appsvc\.endpoint\.toAS\.token is written/);
  assert.equal(await Deno.readTextFile(workspace.path("registration.yaml")), text);
});

Deno.test("register --rotate needs the registration file, and its own token in it", async () => {
  await using workspace = await makeWorkspace();
  const unnamed = await rotate(workspace);
  assert.equal(unnamed.code, 3);
  assert.match(unnamed.err, /^appsvc\.registration\.synapse\.file is not set/);

  const file = workspace.path("registration.yaml");
  await workspace.configure({ "appsvc.registration.synapse.file": file });
  const missing = await rotate(workspace);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /registration\.yaml cannot be read: it does not exist/);

  await run(["register", "-c", workspace.path("mxisd.yaml")]);
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace(HS_TOKEN, "another-0123456789abcdef"));
  const other = await rotate(workspace);
  assert.equal(other.code, 1);
  assert.match(other.err, /^appsvc\.endpoint\.toAS\.token is not the hs_token in /);
});
