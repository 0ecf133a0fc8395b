import assert from "node:assert/strict";
import { parse } from "yaml";
import { run } from "../command_line.ts";
import { HS_TOKEN, makeWorkspace, type Workspace } from "../workspace.ts";

Deno.test("register prints the registration when no file is named", async () => {
  await using workspace = await makeWorkspace();
  const { code, out, err } = await run(["register", "-c", workspace.path("mxisd.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  const registration = parse(out);
  assert.equal(registration.hs_token, HS_TOKEN);
  assert.match(registration.as_token, /^[\w-]{43}$/);
  assert.equal(registration.url, `http://127.0.0.1:${workspace.port}`);
  assert.deepEqual(registration.namespaces.users, [
    { regex: String.raw`^@.*:example\.org$`, exclusive: false },
  ]);
});

Deno.test("register writes the file for owner and group, whatever the umask", async () => {
  await using workspace = await makeWorkspace();
  const before = Deno.umask(0);
  try {
    for (const mask of [0, 0o077]) {
      Deno.umask(mask);
      const file = workspace.path(`registration-${mask}.yaml`);
      const { code, err } = await run([
        ...["register", "-c", workspace.path("mxisd.yaml")],
        ...["--output", file],
      ]);
      assert.deepEqual([code, err], [0, ""]);
      const { mode } = await Deno.stat(file);
      assert.equal((mode ?? 0) & 0o777, 0o640);
    }
  } finally {
    Deno.umask(before);
  }
});

Deno.test("register prints the next steps, and no token", async () => {
  await using workspace = await makeWorkspace({ "appsvc.endpoint.toAS.token": undefined });
  const file = workspace.path("registration.yaml");
  const { out } = await run(["register", "-c", workspace.path("mxisd.yaml"), "-o", file]);
  assert.match(out, new RegExp(`chown :matrix-synapse ${file}$`, "m"));
  assert.match(out, new RegExp(`app_service_config_files:\n +- ${file}$`, "m"));
  assert.match(out, /Restart the homeserver/);
  assert.match(out, new RegExp(`synapse:\n +file: ${file}$`, "m"));
  const { as_token, hs_token } = parse(await Deno.readTextFile(file));
  assert.match(hs_token, /^[\w-]{43}$/);
  for (const token of [as_token, hs_token]) assert.ok(!out.includes(token));
});

Deno.test("register does not ask for what the configuration has: its own tokens", async () => {
  await using workspace = await makeWorkspace();
  const { out } = await run([
    ...["register", "-c", workspace.path("mxisd.yaml")],
    ...["-o", workspace.path("registration.yaml")],
  ]);
  assert.doesNotMatch(out, /this service's configuration/);
});

Deno.test("a path that a shell or YAML would misread is quoted in the advice", async () => {
  await using workspace = await makeWorkspace({ "appsvc.endpoint.toAS.token": undefined });
  const file = workspace.path("it's: a $file.yaml");
  const { out } = await run(["register", "-c", workspace.path("mxisd.yaml"), "-o", file]);
  const command = /chown :matrix-synapse (.*)$/m.exec(out)?.[1] ?? "";
  assert.equal(command, `'${file.replace("'", String.raw`'\''`)}'`);
  const listed = /app_service_config_files:\n( +- .*)$/m.exec(out)?.[1] ?? "";
  assert.deepEqual(parse(listed), [file]);
});

Deno.test("printed without a token in the configuration, it says where the tokens belong", async () => {
  await using workspace = await makeWorkspace({ "appsvc.endpoint.toAS.token": undefined });
  const { code, out, err } = await run(["register", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 0);
  assert.match(parse(out).hs_token, /^[\w-]{43}$/);
  assert.match(err, /this service's configuration/);
});

Deno.test("register writes the configured file, and never mxisd.yaml", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("registration.yaml");
  const config = await workspace.configure({
    "appsvc.endpoint.toAS.token": undefined,
    "appsvc.registration.synapse.file": file,
  });
  const before = await Deno.readTextFile(config);
  const { code, out } = await run(["register", "-c", config]);
  assert.equal(code, 0);
  // It is named there already.
  assert.doesNotMatch(out, /this service's configuration/);
  assert.equal(await Deno.readTextFile(config), before);
  // From now on the service has its tokens from there.
  assert.equal((await run(["config", "check", "-c", config])).code, 0);
  assert.deepEqual(await run(["register", "-c", config]), {
    code: 0,
    out: `${file} matches the configuration. Nothing was changed.\n`,
    err: "",
  });
});

Deno.test("a registration is checked by its own tokens where the configuration has none", async () => {
  await using workspace = await makeWorkspace({ "appsvc.endpoint.toAS.token": undefined });
  const args = ["register", "-c", workspace.path("mxisd.yaml")];
  await run([...args, "-o", workspace.path("registration.yaml")]);
  const { code, out, err } = await run([...args, "-o", workspace.path("registration.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /matches the configuration/);
  assert.match(out, /this service's configuration/);
});

const FINDINGS: readonly (readonly [string, (text: string) => string, number, RegExp])[] = [
  ["another hs_token", (text) => text.replace(HS_TOKEN, "other-token-1234567890"), 1, /hs_token: /],
  ["another URL", (text) => text.replace(/^url: .*$/m, "url: 'http://elsewhere:1'"), 1, /url: .*/],
  [
    "no URL",
    (text) => text.replace(/^url: .*$/m, "url: null"),
    1,
    /url: is null, so that no event is pushed/,
  ],
  ["another sender", (text) => text.replace(/'mxisd'$/m, "'bot'"), 0, /warning: sender_localpart/],
  ["another ID", (text) => text.replace("'appservice-mxisd'", "'x'"), 1, /id: /],
  [
    "the old documentation's regex",
    (text) => users(text, "@*"),
    0,
    /warning: .*regex.*matches all users of all homeservers/,
  ],
  ["mxisd's own regex", (text) => users(text, "@*:example.org"), 1, /regex.*matches no/],
  ["group_id", (text) => `${text}group_id: '+x:example.org'\n`, 0, /group_id/],
  ["an unknown key", (text) => `${text}colour: red\n`, 0, /colour/],
  ["a missing key", (text) => text.replace(/^as_token: .*\n/m, ""), 1, /as_token: is missing/],
  ["no YAML", () => "id: [\n", 1, /registration\.yaml:\d+:\d+: /],
];

for (const [what, change, code, expected] of FINDINGS) {
  Deno.test(`register reports ${what}, changes nothing, and prints no token`, async () => {
    await using workspace = await makeWorkspace();
    const { text, ran } = await checked(workspace, change);
    assert.equal(ran.code, code, ran.err);
    assert.match(ran.err, expected);
    assert.match(code === 0 ? ran.out : ran.err, /Nothing was changed/);
    for (const token of [HS_TOKEN, "other-token-1234567890", /as_token: '(.*)'/.exec(text)?.[1]]) {
      assert.ok(token === undefined || !(ran.out + ran.err).includes(token));
    }
  });
}

Deno.test("register reports a registration that everybody may read", async () => {
  await using workspace = await makeWorkspace();
  const { ran } = await checked(workspace, (text) => text, 0o644);
  assert.equal(ran.code, 0);
  assert.match(ran.err, /warning: all users of this machine.*chmod 640/);
});

Deno.test("register refuses what is not a file, and says when it cannot write", async () => {
  await using workspace = await makeWorkspace();
  const args = ["register", "-c", workspace.path("mxisd.yaml"), "-o"];
  await Deno.mkdir(workspace.path("folder"));
  const folder = await run([...args, workspace.path("folder")]);
  assert.equal(folder.code, 1);
  assert.match(folder.err, /folder cannot be read: it is a folder/);
  const nowhere = await run([...args, workspace.path("missing/registration.yaml")]);
  assert.equal(nowhere.code, 4);
  assert.match(
    nowhere.err,
    /missing\/registration\.yaml" cannot be written: its folder does not exist: create it/,
  );
});

async function checked(workspace: Workspace, change: (text: string) => string, mode = 0o640) {
  const file = workspace.path("registration.yaml");
  const args = ["register", "-c", workspace.path("mxisd.yaml"), "-o", file];
  assert.equal((await run(args)).code, 0);
  const text = change(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, text);
  await Deno.chmod(file, mode);
  const ran = await run(args);
  assert.equal(await Deno.readTextFile(file), text);
  return { text, ran };
}

function users(text: string, regex: string): string {
  return text.replace(/regex: .*$/m, `regex: '${regex}'`);
}

Deno.test("register needs only the sections matrix and appsvc, whatever the others are", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("least.yaml");
  const least = `matrix: { domain: example.org }
appsvc:
  endpoint: { toHS: { url: "http://localhost:8008" } }
`;
  for (const others of ["", "threepid: { medium: {} }\nldap: { enabled: true }\nnotfy: {}\n"]) {
    await Deno.writeTextFile(file, least + others, { mode: 0o600 });
    const { code, out, err } = await run(["register", "-c", file]);
    assert.equal(code, 0, err);
    assert.equal(parse(out).url, "http://localhost:8090");
    assert.doesNotMatch(err, /threepid|ldap|notfy/);
  }
  await Deno.writeTextFile(file, "matrix: {}\nldap: { enabled: true }\n", { mode: 0o600 });
  const { code, err } = await run(["register", "-c", file]);
  assert.equal(code, 3);
  assert.match(err, /matrix\.domain: is missing/);
  assert.match(err, /appsvc/);
  assert.doesNotMatch(err, /ldap|threepid/);
});

Deno.test("register prints a Secret with a new registration, and writes nothing", async () => {
  await using workspace = await makeWorkspace();
  const { code, out, err } = await run([
    ...["register", "-c", workspace.path("mxisd.yaml"), "--format", "k8s-secret"],
  ]);
  assert.deepEqual([code, err], [0, ""]);
  const secret = parse(out);
  assert.deepEqual([secret.apiVersion, secret.kind], ["v1", "Secret"]);
  const registration = parse(secret.stringData["registration.yaml"]);
  assert.equal(registration.hs_token, HS_TOKEN);
  assert.equal(registration.url, `http://127.0.0.1:${workspace.port}`);
});

Deno.test("the Secret has the text of a registration that exists, to the letter", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("registration.yaml");
  const config = ["-c", workspace.path("mxisd.yaml"), "--output", file];
  await run(["register", ...config]);
  const text = `  # indented: "|"\n${await Deno.readTextFile(file)}`;
  await Deno.writeTextFile(file, text);
  const { code, out } = await run(["register", ...config, "--format", "k8s-secret"]);
  assert.equal(code, 0);
  assert.equal(parse(out).stringData["registration.yaml"], text);
  assert.equal(await Deno.readTextFile(file), text);
});

Deno.test("no Secret is printed for a registration that does not match", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("registration.yaml");
  await Deno.writeTextFile(file, "id: a\nurl: http://elsewhere.example\n", { mode: 0o640 });
  const { code, out, err } = await run([
    ...["register", "-c", workspace.path("mxisd.yaml")],
    ...["--output", file, "--format", "k8s-secret"],
  ]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /does not match the configuration/);
});
