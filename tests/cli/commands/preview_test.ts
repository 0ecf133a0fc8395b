import assert from "node:assert/strict";
import { openInBrowser } from "../../../src/cli/open_browser.ts";
import { SAMPLE_NAMES } from "../../../src/preview/sample_mail.ts";
import { thoroughTest } from "../../thorough.ts";
import { run } from "../command_line.ts";
import { makeWorkspace } from "../workspace.ts";

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("preview writes every sample of a language, and a page that shows them", async () => {
  await using workspace = await makeWorkspace();
  const folder = workspace.path("new/preview");
  const config = workspace.path("mxisd.yaml");
  const { code, out, err } = await run(
    ["preview", "--language", "en", "-o", folder, "-c", config],
  );
  assert.deepEqual([code, out, err], [0, `${folder}/index.html\n`, ""]);
  assert.deepEqual(await names(folder), ["en", "index.html"]);
  const files = await names(`${folder}/en`);
  for (const sample of SAMPLE_NAMES) {
    for (const kind of ["eml", "txt", "html", "light.html", "dark.html"]) {
      assert.ok(files.includes(`${sample}.${kind}`), `${sample}.${kind}`);
    }
  }
  const mail = await Deno.readTextFile(`${folder}/en/inside.eml`);
  assert.match(mail, /^From: matrix@example\.org\r$/m);
  const page = await Deno.readTextFile(`${folder}/index.html`);
  const frames = [...page.matchAll(/<iframe([^>]*)>/g)];
  assert.equal(frames.length, 4 * SAMPLE_NAMES.length);
  for (const [, attributes = ""] of frames) {
    assert.match(attributes, / sandbox\s/);
    const source = /src="([^"]*)"/.exec(attributes)?.[1] ?? "";
    assert.ok((await Deno.stat(`${folder}/${source}`)).isFile);
  }
  assert.doesNotMatch(page, /<script|<img/);
  assert.match(
    page,
    /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src /,
  );
  // What a stranger writes is nothing but text on the page.
  assert.match(page, /&lt;\/strong&gt;&lt;h1&gt;Helpdesk/);
  assert.equal(page.split("<h1").length, 2);
  assert.ok(!page.includes("\x1b"));
});

thoroughTest("without -o the preview is in a new folder, whose page is printed", async () => {
  await using workspace = await makeWorkspace();
  const { code, out } = await run(
    ["preview", "--language", "en", "-c", workspace.path("mxisd.yaml")],
  );
  const folder = /^(.*appservice-mxisd-preview-.*)\/index\.html\n$/.exec(out)?.[1] ?? "";
  try {
    assert.equal(code, 0);
    assert.match(await Deno.readTextFile(`${folder}/index.html`), /Preview of the emails/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a template replaces the configured one", async () => {
  await using workspace = await makeWorkspace();
  await Deno.writeTextFile(workspace.path("try.eml"), "Subject: Ring\n\nHello %RECIPIENT_ID%\n");
  const folder = workspace.path("preview");
  const args = ["preview", "--language", "en", "-o", folder, "-c", workspace.path("mxisd.yaml")];
  assert.equal((await run([...args, "--template", workspace.path("try.eml")])).code, 0);
  assert.equal(
    (await Deno.readTextFile(`${folder}/en/inside.txt`)).trim(),
    "Hello @bob:example.org",
  );

  await Deno.writeTextFile(workspace.path("try.eml"), "Hello %RECIPIENT_ID%\n\n");
  const broken = await run([...args, "--template", workspace.path("try.eml")]);
  assert.deepEqual([broken.code, broken.out], [1, ""]);
  assert.match(broken.err, /try\.eml:1: /);

  const missing = await run([...args, "--template", workspace.path("\x1bnone.eml")]);
  assert.deepEqual([missing.code, missing.out], [4, ""]);
  assert.match(missing.err, /none\.eml" cannot be read: it does not exist/);
  assert.ok(!missing.err.includes("\x1b"));
});

Deno.test("an unknown language ends with 2 and the known ones", async () => {
  await using workspace = await makeWorkspace();
  const { code, out, err } = await run(
    ["preview", "--language", "tlh", "-c", workspace.path("mxisd.yaml")],
  );
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /There is no email in "tlh": write one of .*\ben\b/);
});

Deno.test("a folder that cannot be written to ends with 4", async () => {
  await using workspace = await makeWorkspace();
  const config = workspace.path("mxisd.yaml");
  const { code, err } = await run(["preview", "-o", `${config}/x`, "-c", config]);
  assert.equal(code, 4);
  assert.match(
    err,
    /^".*mxisd\.yaml\/x\/en" cannot be written: part of its path is not a folder$/m,
  );
});

Deno.test("an invalid configuration ends with 3", async () => {
  await using workspace = await makeWorkspace({ "notify.delay": "soon" });
  assert.equal((await run(["preview", "-c", workspace.path("mxisd.yaml")])).code, 3);
});

thoroughTest("a folder's name does nothing to the terminal", async () => {
  await using workspace = await makeWorkspace();
  const folder = workspace.path("a\x1B[31m\u202Eb");
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/subject.liquid`, "{{ ");
  const { code, err } = await run(
    [
      "preview",
      "--template",
      folder,
      "-o",
      workspace.path("out"),
      "-c",
      workspace.path("mxisd.yaml"),
    ],
  );
  assert.equal(code, 1);
  assert.match(err, /a\\u\{1b\}\[31m\\u\{202e\}b\/subject\.liquid:1: /);
  assert.doesNotMatch(err, /[^\P{C}\n]/u);
});

Deno.test("a missing program that opens a browser is reported", async () => {
  assert.match(
    await openInBrowser("/tmp/x.html", "no-such-opener-here") ?? "",
    /no-such-opener-here/,
  );
});
