import assert from "node:assert/strict";
import { runCommand } from "../../process/program.ts";
import { run } from "../command_line.ts";
import { HS_TOKEN, makePlace } from "../place.ts";

Deno.test("config check ends with 0 for a configuration that can be used", async () => {
  await using place = await makePlace();
  const { code, out, err } = await run(["config", "check", "-c", place.path("mxisd.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, `${place.path("mxisd.yaml")} is valid.\n`);
});

Deno.test("config check ends with 1 and a line for each mistake, with its place", async () => {
  await using place = await makePlace({ "server.prot": 1, "notify.delay": "soon" });
  const file = place.path("mxisd.yaml");
  const { code, out, err } = await run(["config", "check", "-c", file]);
  assert.deepEqual([code, out], [1, ""]);
  const lines = err.trimEnd().split("\n");
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(line, /^.*mxisd\.yaml:\d+:\d+: /);
  assert.match(err, /server\.prot: .*port/);
  assert.match(err, /notify\.delay: .*90s/);
});

Deno.test("config check tells what is wrong with a legacy template, line by line", async () => {
  await using place = await makePlace();
  const template = place.path("mail.eml");
  const file = await place.configure({
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
  assert.match(folder.err, /mail\.eml" cannot be read: it is a folder/);
});

Deno.test("config check tells what is wrong with the page on which mails are stopped", async () => {
  await using place = await makePlace();
  await Deno.mkdir(place.path("templates"));
  const page = place.path("templates/page.liquid");
  await Deno.writeTextFile(page, "{% if \x1b]0;title\x07 %}\n");
  const file = await place.configure({ "notify.templates": place.path("templates") });
  const { code, out, err } = await run(["config", "check", "-c", file]);
  assert.deepEqual([code, out], [1, ""]);
  assert.ok(err.startsWith(`${page}:1: `), err);
  assert.ok(!err.includes("\x1b"), err);

  const hidden = await place.configure({
    "notify.templates": place.path("templates"),
    "server.publicUrl": undefined,
  });
  assert.equal((await run(["config", "check", "-c", hidden])).code, 0);
});

Deno.test("config dump prints the settings in effect, and no secret", async () => {
  await using place = await makePlace();
  const { code, out, err } = await run(["config", "dump", "-c", place.path("mxisd.yaml")]);
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

Deno.test("what needs a configuration ends with 3 when it is wrong", async () => {
  await using place = await makePlace({ "matrix.domain": "" });
  const file = place.path("mxisd.yaml");
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
  await using place = await makePlace();
  const { code, output } = await runCommand(place.folder, "config", "check");
  assert.equal(code, 0);
  assert.match(output, /mxisd\.yaml is valid/);
});

Deno.test("without any configuration it says where it looked, and ends with 3", async () => {
  await using place = await makePlace();
  await Deno.remove(place.path("mxisd.yaml"));
  const { code, errors } = await runCommand(place.folder, "config", "dump");
  assert.equal(code, 3);
  assert.match(errors, /mxisd\.yaml in this folder.*\/etc\/mxisd\/mxisd\.yaml.*-c FILE/);
});
