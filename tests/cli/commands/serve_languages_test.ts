import assert from "node:assert/strict";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { rowTest } from "../../thorough.ts";
import { run } from "../command_line.ts";
import { type Differences, makePreparedWorkspace } from "../workspace.ts";
import { mailBob } from "./mailed.ts";

function bobWhoSpeaks(language?: string): Differences {
  const threepids = [{ medium: "email", address: "bob@corp.example" }];
  const bob = { username: "bob", displayName: "Bob Brown", threepids };
  return { "memory.identities": [language === undefined ? bob : { ...bob, language }] };
}

const SPOKEN: readonly [who: string, differences: Differences, subject: RegExp][] = [
  ["bob, whose store says uk", bobWhoSpeaks("uk"), /запрошує вас до розмови$/],
  [
    "bob, whose store says de-AT",
    bobWhoSpeaks("de-AT"),
    /hat Sie zu einer Unterhaltung eingeladen$/,
  ],
  [
    "bob, of whom nothing is known, where notify.language is fr",
    { ...bobWhoSpeaks(), "notify.language": "fr" },
    /vous invite à une conversation$/,
  ],
  [
    "bob, whose language has no words, where notify.language is fr",
    { ...bobWhoSpeaks("sv"), "notify.language": "fr" },
    /vous invite à une conversation$/,
  ],
  ["bob, of whom nothing is known", bobWhoSpeaks(), /invited you to a conversation$/],
];
for (const [index, [who, differences, subject]] of SPOKEN.entries()) {
  rowTest(index === 0)(`${who}, gets a mail that matches ${subject}`, async () => {
    await using sink = await startSmtpSink();
    await using workspace = await makePreparedWorkspace();
    await mailBob(workspace, sink.port, differences);
    assert.match(sink.mails[0]?.email.subject ?? "", subject);
  });
}

Deno.test("a sentence of the administrator is in the mail", async () => {
  await using sink = await startSmtpSink();
  await using workspace = await makePreparedWorkspace();
  await Deno.mkdir(workspace.path("templates/de"), { recursive: true });
  await Deno.writeTextFile(
    workspace.path("templates/de/words.yaml"),
    'greeting: "Moin {{ recipient.name | bdi }},"',
  );
  await mailBob(workspace, sink.port, { ...bobWhoSpeaks("de"), "notify.templates": "templates" });
  assert.match(sink.mails[0]?.email.text ?? "", /^Moin Bob Brown,\n/);
});

for (const template of ["text", "page"]) {
  rowTest(template === "page")(
    `a broken ${template}.liquid of the administrator ends with 4 and its line`,
    async () => {
      await using workspace = await makePreparedWorkspace();
      await Deno.mkdir(workspace.path("templates"));
      await Deno.writeTextFile(
        workspace.path(`templates/${template}.liquid`),
        "Hello\n{{ nobody }}\n",
      );
      const config = await workspace.configure({ "notify.templates": "templates" });
      const { code, err } = await run(["serve", "-c", config]);
      assert.equal(code, 4);
      const [refused = ""] = /.*"event":"cannot start".*/.exec(err) ?? [];
      assert.ok(
        refused.includes(`templates/${template}.liquid:2: undefined variable: nobody`),
        err,
      );
    },
  );
}
