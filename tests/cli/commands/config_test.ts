import assert from "node:assert/strict";
import { run } from "../command_line.ts";
import { HS_TOKEN, makeWorkspace } from "../workspace.ts";

const REGISTER_URL = "threepid.medium.email.generators.template.placeholder.REGISTER_URL";
const LINKS = {
  "notify.link": "https://chat.example.org/#/room/{room}",
  [REGISTER_URL]: "https://chat.example.org",
};

Deno.test("config check says where links lead that are not set, and what to write", async () => {
  await using workspace = await makeWorkspace();
  const { code, err } = await run(["config", "check", "-c", workspace.path("mxisd.yaml")]);
  assert.equal(code, 0);
  const lines = err.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  const [link, register] = ["notify.link", REGISTER_URL].map((key) =>
    lines.find((line) => line.includes(`: notice: ${key}: is not set`))
  );
  assert.match(link ?? "", /leads to matrix\.to.*"link: https:\S+\{room\}\?\{via\}"$/);
  assert.match(register ?? "", /sent to https:\/\/example\.org: .*"REGISTER_URL: https:\S+"$/);

  const template = workspace.path("mail.eml");
  await Deno.writeTextFile(template, "Subject: Hello\n\n%SENDER_ID% invites you\n");
  const old = await workspace.configure({
    ...LINKS,
    "notify.link": undefined,
    "threepid.medium.email.generators.template.generic.matrixId": template,
  });
  assert.equal((await run(["config", "check", "-c", old])).err, "");
});

Deno.test("config check ends with 0 for a valid configuration", async () => {
  await using workspace = await makeWorkspace(LINKS);
  const { code, out, err } = await run(["config", "check", "-c", workspace.path("mxisd.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, `${workspace.path("mxisd.yaml")} is valid.\n`);
});

Deno.test("config check ends with 1 and a line for each mistake, with its position", async () => {
  await using workspace = await makeWorkspace({ "server.prot": 1, "notify.delay": "soon" });
  const file = workspace.path("mxisd.yaml");
  const { code, out, err } = await run(["config", "check", "-c", file]);
  assert.deepEqual([code, out], [1, ""]);
  const lines = err.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^.*mxisd\.yaml:\d+:\d+: /);
  assert.match(err, /server\.prot: .*port/);
  assert.match(err, /notify\.delay: .*90s/);
});

Deno.test("config check reports the problems of a legacy template, line by line", async () => {
  await using workspace = await makeWorkspace();
  const template = workspace.path("mail.eml");
  const file = await workspace.configure({
    "threepid.medium.email.generators.template.generic.matrixId": template,
  });
  await Deno.writeTextFile(template, "To: nobody\n\nHello\n");
  const broken = await run(["config", "check", "-c", file]);
  assert.deepEqual([broken.code, broken.out], [1, ""]);
  assert.match(broken.err, /mail\.eml:1: has no Subject/);

  await Deno.writeTextFile(template, "Subject: Hello\n\n%SENDER_ID% invites you\n");
  assert.equal((await run(["config", "check", "-c", file])).code, 0);

  await Deno.remove(template);
  await Deno.mkdir(template);
  const folder = await run(["config", "check", "-c", file]);
  assert.equal(folder.code, 1);
  assert.match(
    folder.err,
    /mxisd\.yaml:\d+:\d+: threepid\.\S+\.matrixId: ".*mail\.eml" cannot be read: it is a folder/,
  );
});

Deno.test("config check reports the problems of the page on which mails are stopped", async () => {
  await using workspace = await makeWorkspace();
  await Deno.mkdir(workspace.path("templates"));
  const page = workspace.path("templates/page.liquid");
  await Deno.writeTextFile(page, "{% if \x1b]0;title\x07 %}\n");
  const file = await workspace.configure({ "notify.templates": workspace.path("templates") });
  const { code, out, err } = await run(["config", "check", "-c", file]);
  assert.deepEqual([code, out], [1, ""]);
  assert.ok(err.includes(`\n${page}:1: `), err);
  assert.ok(!err.includes("\x1b"), err);

  const hidden = await workspace.configure({
    "notify.templates": workspace.path("templates"),
    "server.publicUrl": undefined,
  });
  assert.equal((await run(["config", "check", "-c", hidden])).code, 0);
});

Deno.test("config check looks at all files and templates even if other keys are wrong", async () => {
  await using workspace = await makeWorkspace();
  const template = workspace.path("mail.eml");
  await Deno.writeTextFile(template, "To: nobody\n\nHello\n");
  const file = await workspace.configure({
    "notify.delay": "soon",
    "server.prot": 1,
    "threepid.medium.email.connectors.smtp.port": 99999,
    "threepid.medium.email.generators.template.generic.matrixId": template,
    "memory.file": workspace.path("none.csv"),
    "memory.people": [],
    "tls.ca": workspace.folder,
  });
  const { code, err } = await run(["config", "check", "-c", file]);
  assert.equal(code, 1);
  for (
    const line of [
      /:\d+:\d+: notify\.delay: expected a duration/,
      /:\d+:\d+: server\.prot: is unknown/,
      /:\d+:\d+: threepid\.\S+\.port: expected a whole number/,
      /:\d+:\d+: warning: memory\.file: the file ".*none\.csv" does not exist/,
      /:\d+:\d+: tls\.ca: ".*" cannot be read: it is a folder/,
      /mail\.eml:1: has no Subject/,
    ]
  ) assert.match(err, line);
});

Deno.test("a template in the folder that cannot be read is reported with the key and its line", async () => {
  await using workspace = await makeWorkspace();
  await Deno.mkdir(workspace.path("templates/html.liquid"), { recursive: true });
  for (const delay of ["0s", "soon"]) {
    const file = await workspace.configure({
      "notify.delay": delay,
      "notify.templates": workspace.path("templates"),
    });
    const { code, err } = await run(["config", "check", "-c", file]);
    assert.equal(code, 1);
    assert.match(
      err,
      /mxisd\.yaml:\d+:\d+: notify\.templates: .*html\.liquid: cannot be read: it is a folder/,
    );
  }
  await Deno.writeTextFile(workspace.path("file"), "");
  const file = await workspace.configure({ "notify.templates": workspace.path("file") });
  const { err } = await run(["config", "check", "-c", file]);
  assert.match(err, /mxisd\.yaml:\d+:\d+: notify\.templates: ".*file" cannot be read: it is not a/);
});

Deno.test("config dump prints the settings in effect, and no secret", async () => {
  await using workspace = await makeWorkspace();
  const { code, out, err } = await run(["config", "dump", "-c", workspace.path("mxisd.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /domain: example\.org/);
  assert.match(out, /maxAge: 1d/);
  assert.match(out, /\[redacted\]/);
  assert.ok(!out.includes(HS_TOKEN));
});

Deno.test("config schema prints a JSON Schema, and needs no configuration", async () => {
  const { code, out, err } = await run(["config", "schema"]);
  assert.deepEqual([code, err], [0, ""]);
  const schema = JSON.parse(out);
  assert.equal(schema.type, "object");
  assert.ok(schema.properties.matrix);
});

Deno.test("a command that needs a configuration ends with 3 when it is invalid", async () => {
  await using workspace = await makeWorkspace({ "matrix.domain": "" });
  const file = workspace.path("mxisd.yaml");
  for (
    const args of [
      ["serve", "-c", file],
      ["config", "dump", "-c", file],
      ["register", "-c", file],
      ["lookup", "@bob:example.org", "-c", file],
      ["send-test", "bob@corp.example", "-c", file],
    ]
  ) {
    const { code, out, err } = await run(args);
    assert.deepEqual([code, out], [3, ""], args.join(" "));
    assert.match(err, /matrix\.domain/);
  }
});

Deno.test("without -c it is mxisd.yaml in the working directory", async () => {
  await using workspace = await makeWorkspace();
  const { code, out } = await run(["config", "check"], { cwd: workspace.folder });
  assert.equal(code, 0);
  assert.match(out, /mxisd\.yaml is valid/);
});

Deno.test("without any configuration it says where it looked, and ends with 3", async () => {
  await using workspace = await makeWorkspace();
  await Deno.remove(workspace.path("mxisd.yaml"));
  const { code, err } = await run(["config", "dump"], { cwd: workspace.folder });
  assert.equal(code, 3);
  assert.match(err, /mxisd\.yaml in this folder.*\/etc\/mxisd\/mxisd\.yaml.*-c FILE/);
});
