import assert from "node:assert/strict";
import { thoroughTest } from "../../thorough.ts";
import { run } from "../command_line.ts";
import { makeWorkspace } from "../workspace.ts";

thoroughTest("nothing is wrong with the built-in templates", async () => {
  await using workspace = await makeWorkspace({ "server.publicUrl": "https://chat.example.org" });
  const { code, out, err } = await run(["templates", "check", "-c", workspace.path("mxisd.yaml")]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^No problems in \d{2,} emails/);
});

async function check(files: Readonly<Record<string, string>>) {
  await using workspace = await makeWorkspace();
  await Deno.mkdir(workspace.path("templates/de"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(workspace.path(`templates/${name}`), text);
  }
  const config = await workspace.configure({ "notify.templates": workspace.path("templates") });
  const { code, out, err } = await run(["templates", "check", "-c", config]);
  assert.equal(out, "");
  return { code, found: err.trimEnd().split("\n"), folder: workspace.path("templates") };
}

thoroughTest("each finding has its file, line and what to do", async () => {
  const { code, found, folder } = await check({
    "html.liquid": [
      "<p>{{ invitations[0].link }}",
      '  <img src="https://x.example/p.gif"></p>',
      "<style>p { background: URL(//x.example/b.png) }</style>",
      "<a href='http://old.example/'>Old</a>",
    ].join("\n"),
    "text.liquid": "Come!\n",
  });
  assert.equal(code, 1);
  assert.deepEqual(found.sort(), [
    `${folder}/html.liquid:1:1: the link that opens the room is missing: ` +
    "write {{ invitation.link }}",
    `${folder}/html.liquid:2:13: https://x.example/p.gif would be loaded from elsewhere when the ` +
    "mail is read: remove it",
    `${folder}/html.liquid:3:28: //x.example/b.png would be loaded from elsewhere when the mail ` +
    "is read: remove it",
    `${folder}/html.liquid:4:10: http://old.example/ is not encrypted and can be changed on ` +
    "the way: write https",
    `${folder}/text.liquid:1:1: the link that opens the room is missing: ` +
    "write {{ invitation.link }}",
  ]);
});

thoroughTest(
  "an unknown name is reported once, with its position, also where no sample uses it",
  async () => {
    const { code, found, folder } = await check({
      "de/words.yaml": "# ours\ngreeting: 'Hallo {{ recipient.nam }},'\n",
      "text.liquid": [
        "{% assign mine = invitations[0] %}{{ mine.link }}",
        "{% if brand.collor != blank %}{{ brnad.footer }}{% endif %}",
        "{% for i in invitations %}{{ i.link }} {{ forloop.index }}{% endfor %}",
        "{{ invitations[0].rooom.name | default: invitations.size }}",
      ].join("\n"),
    });
    assert.equal(code, 1);
    const advice = "is not known: use one of the names in docs/templates.md";
    assert.deepEqual(found.sort(), [
      `${folder}/de/words.yaml:2: recipient.nam ${advice}`,
      `${folder}/text.liquid:2:34: brnad.footer ${advice}`,
      `${folder}/text.liquid:2:7: brand.collor ${advice}`,
      `${folder}/text.liquid:4:4: invitation.rooom.name ${advice}`,
    ]);
  },
);

thoroughTest(
  "a name that the built-in templates use may be used, and a broken file is reported",
  async () => {
    const copy = await Deno.readTextFile(
      new URL("../../../templates/html.liquid", import.meta.url),
    );
    const { code, found, folder } = await check({
      "html.liquid": copy,
      "de/words.yaml": "greeting: 'Hallo {{ recipient.name'\n",
    });
    assert.equal(code, 1);
    assert.equal(found.length, 1);
    assert.ok(found[0]?.startsWith(`${folder}/de/words.yaml:1`), String(found));
  },
);

thoroughTest("the page on which mails are stopped is checked as well", async () => {
  const { code, found, folder } = await check({ "page.liquid": "\n{{ page.tilte }}" });
  assert.equal(code, 1);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /page\.liquid:2: undefined variable: page\.tilte: use one of/);
  assert.ok(found[0]?.startsWith(folder));
});

Deno.test("an .eml template is checked, and need not have a link that mxisd did not know", async () => {
  await using workspace = await makeWorkspace();
  const file = workspace.path("mail.eml");
  const args = ["templates", "check", "--template", file, "-c", workspace.path("mxisd.yaml")];
  const header = "Subject: %SENDER_NAME%\nContent-Type: text/html\n\n";
  await Deno.writeTextFile(file, `${header}<p>%ROOM_NAME%</p>\n`);
  assert.equal((await run(args)).code, 0);
  await Deno.writeTextFile(file, `${header}<p>\n<script src="x.js"></script>%ROOM_NAME%</p>\n`);
  const { code, err } = await run(args);
  assert.equal(code, 1);
  assert.match(err, /^.*mail\.eml:5:14: x\.js would be loaded from elsewhere/m);
  assert.match(err, /^.*mail\.eml:5:1: no mail program shows <script>: remove it$/m);
});
