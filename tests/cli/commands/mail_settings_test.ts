import assert from "node:assert/strict";
import { rsaKey } from "../../fakes/mail/dkim_keys.ts";
import { type ReceivedMail, startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { octets, png } from "../../fakes/render/pictures.ts";
import { verifyDkim } from "../../mail/compose/dkim_verifier.ts";
import { thoroughTest } from "../../thorough.ts";
import { makePreparedWorkspace, type Workspace } from "../workspace.ts";
import { mailBob } from "./mailed.ts";

const PLANS = {
  content: { membership: "invite", reason: "Kick-off on Monday" },
  unsigned: {
    invite_room_state: [
      { type: "m.room.name", state_key: "", content: { name: "Plans" } },
      { type: "m.room.canonical_alias", state_key: "", content: { alias: "#plans:example.org" } },
      { type: "m.room.topic", state_key: "", content: { topic: "All of 2027" } },
    ],
  },
};
/** What the service sent with such settings, and a look at its pages while it runs. */
async function sent(
  workspace: Workspace,
  settings: Readonly<Record<string, unknown>>,
  look?: (mail: ReceivedMail) => Promise<void>,
): Promise<ReceivedMail> {
  await using sink = await startSmtpSink();
  const last = () => sink.mails.at(-1) ?? assert.fail("no mail");
  await mailBob(workspace, sink.port, settings, {
    invite: PLANS,
    then: async () => await look?.(last()),
  });
  return last();
}

function field({ email }: ReceivedMail, name: string): string {
  return email.headers.find(({ key }) => key === name)?.value ?? "";
}

function stopLink(mail: ReceivedMail): string {
  return /<(http[^<>]+)>/.exec(field(mail, "list-unsubscribe"))?.[1] ?? assert.fail("no link");
}

thoroughTest("the mail follows the configuration", async () => {
  const key = rsaKey(2048);
  await using workspace = await makePreparedWorkspace();
  await Deno.writeTextFile(workspace.path("dkim.pem"), key.pem);
  await Deno.writeFile(workspace.path("logo.png"), octets(png(120, 40)));
  const mail = await sent(workspace, {
    "notify.timeZone": "Asia/Tokyo",
    "notify.language": "fr",
    "notify.link": "https://chat.example.org/#/room/{roomOrAlias}?{via}",
    "notify.replyTo": "help@example.org",
    "notify.unsubscribe.mailto": "stop@example.org",
    "notify.content": "names",
    "notify.brand": {
      ...{ product: "Corp Chat", logo: "logo.png", color: "#8a1c5c", footer: "Our own IT" },
      ...{ support: "desk@example.org", imprint: "Corp Ltd\n1 Home Street", register: "Ask us:" },
    },
    "threepid.medium.email.generators.template.placeholder.REGISTER_URL": "https://in.example.org",
    "threepid.medium.email.connectors.smtp.dkim": {
      ...{ domain: "example.org", selector: "s1", key: { file: workspace.path("dkim.pem") } },
    },
  });
  const { text = "", html = "", attachments } = mail.email;
  for (const part of [text, html]) {
    assert.match(part, /UTC\+9/);
    assert.match(part, /https:\/\/chat\.example\.org\/#\/room\/%23plans%3Aexample\.org\?via=/);
    assert.match(part, /Plans/);
    assert.doesNotMatch(part, /All of 2027|Kick-off/);
    for (const said of ["Our own IT", "desk@example.org", "1 Home Street", "Ask us:"]) {
      assert.ok(part.includes(said), said);
    }
    assert.match(part, /https:\/\/in\.example\.org/);
  }
  assert.match(html, /<html lang="fr"[^]*Corp Chat[^]*#8a1c5c/);
  assert.deepEqual(attachments.map(({ mimeType }) => mimeType), ["image/png"]);
  assert.equal(field(mail, "reply-to"), "help@example.org");
  assert.match(
    field(mail, "list-unsubscribe"),
    /^<mailto:stop@example\.org\?subject=unsubscribe>,/,
  );
  assert.equal(field(mail, "list-id"), "Matrix invitations <matrix-invitations.example.org>");
  assert.equal(verifyDkim(mail.raw, key.record).kind, "pass");
});

Deno.test("without a public URL a mail has no link to stop it, and no button", async () => {
  await using workspace = await makePreparedWorkspace();
  const mail = await sent(workspace, { "server.publicUrl": undefined });
  assert.equal(field(mail, "list-unsubscribe"), "");
  assert.equal(field(mail, "list-unsubscribe-post"), "");
  assert.doesNotMatch(mail.raw, /\/stop\//);
  assert.doesNotMatch(mail.email.text ?? "", /no more of these mails/);
});

thoroughTest(
  "the page says what the mail said, in the organisation's name and templates",
  async () => {
    await using workspace = await makePreparedWorkspace();
    await Deno.mkdir(workspace.path("templates/en"), { recursive: true });
    await Deno.writeTextFile(
      workspace.path("templates/en/page.yaml"),
      'title: "Which ones, please?"\n',
    );
    const settings = {
      "notify.templates": "templates",
      "notify.brand": { product: "Corp Chat", support: "desk@example.org" },
    };
    const pages: string[] = [];
    for (const content of ["full", "minimal"]) {
      await sent(workspace, { ...settings, "notify.content": content }, async (mail) => {
        pages.push(await (await fetch(stopLink(mail))).text());
      });
    }
    for (const page of pages) {
      assert.match(page, /Which ones, please\?/);
      assert.match(page, /Corp Chat[^]*desk@example\.org/);
      assert.doesNotMatch(page, /bob|corp\.example/);
    }
    assert.deepEqual(pages.map((page) => page.includes("Plans")), [true, false]);
  },
);

thoroughTest("in a trial the link stops only the tester's mails", async () => {
  await using workspace = await makePreparedWorkspace();
  const trial = { "notify.redirectTo": "me@example.org" };
  await sent(workspace, trial, async (mail) => {
    assert.deepEqual(mail.to, ["me@example.org"]);
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    const response = await fetch(stopLink(mail), { method: "POST", body });
    assert.equal(response.status, 200);
    await response.body?.cancel();
  });
  assert.deepEqual((await sent(workspace, {})).to, ["bob@corp.example"]);
});

thoroughTest(
  "with notify.secret a link outlives the database, without it it does not",
  async () => {
    for (const secret of ["the-secret-of-these-tests", undefined]) {
      await using workspace = await makePreparedWorkspace();
      const settings = secret === undefined ? {} : { "notify.secret": secret };
      const first = await sent(workspace, settings);
      for (const file of ["outbox.db", "outbox.db-wal", "outbox.db-shm"]) {
        await Deno.remove(workspace.path(file)).catch(() => {});
      }
      const second = await sent(workspace, settings, async (mail) => {
        const response = await fetch(stopLink(first), {
          method: "POST",
          body: new URLSearchParams({ stop: "all" }),
          redirect: "manual",
        });
        await response.body?.cancel();
        assert.equal(response.status, secret === undefined ? 404 : 303);
        const page = await fetch(stopLink(mail));
        assert.equal((await page.text()).includes('name="undo" value="all"'), secret !== undefined);
      });
      // The same room and person: one thread, also with the new database.
      const same = field(first, "references") === field(second, "references");
      assert.equal(same, secret !== undefined);
    }
  },
);
