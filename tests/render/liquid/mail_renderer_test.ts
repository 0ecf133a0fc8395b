import assert from "node:assert/strict";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import { type MailModel, RenderError } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { plainText } from "../../../src/text/plain_text.ts";
import { assertGoldenMail } from "../golden.ts";
import { preheaderOf, structureOf, textOf } from "./html_structure.ts";

const TEMPLATES = new URL("../../../templates/", import.meta.url);
const renderer = openLiquidRenderer();

async function parts(model: MailModel) {
  const content = await renderer.render(model);
  assert.ok(content.kind === "parts");
  return content;
}

function sample(name: string): MailModel {
  const model = SAMPLES[name];
  assert.ok(model);
  return model;
}

for (const [name, model] of Object.entries(SAMPLES)) {
  Deno.test(`the mail of the sample "${name}" is as it was`, async () => {
    await assertGoldenMail("en", name, await parts(model));
  });

  Deno.test(`the HTML of the sample "${name}" is small, complete and loads nothing`, async () => {
    const { html } = await parts(model);
    const tags = structureOf(html);
    assert.ok(html.length < 20_000);
    assert.ok(tags.includes('<html lang="en" dir="ltr">'));
    assert.equal(tags.filter((tag) => tag.startsWith("<h1")).length, 1);
    for (const tag of tags) {
      assert.doesNotMatch(tag, /\bsrc="(?!cid:)|url\(|@import|<script|<link| on[a-z]+=/);
      if (tag.startsWith("<table")) assert.match(tag, / role="presentation"/);
    }
    const open: string[] = [];
    for (const [, slash, element] of tags.join("").matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
      if (["meta", "br", "img", "style"].includes(element ?? "")) continue;
      if (slash === "") open.push(element ?? "");
      else assert.equal(open.pop(), element);
    }
    assert.deepEqual(open, []);
  });

  Deno.test(`text and HTML of the sample "${name}" have the same facts`, async () => {
    const { text, html } = await parts(model);
    const shown = textOf(html);
    const lines = text.replace(/[\u2068\u2069]/g, "").replace(/\n(?:> | +)?/g, " ");
    const links = [...new Set(text.match(/https:\/\/\S+/g))];
    assert.deepEqual(links.filter((link) => !html.includes(`href="${link}"`)), []);
    for (const { inviter, room, reason, when } of model.invitations) {
      const facts = [inviter.name, inviter.id, inviter.server, room.label];
      const details = model.invitations.length > 3 ? [] : [room.alias, room.topic, reason, when];
      for (const fact of [...facts, ...details]) {
        // The beginning will do: what is long or hostile is cut or changed further on.
        const start = plainText(fact.slice(0, 12), 4).replace("…", "");
        assert.ok(shown.includes(start) && lines.includes(start), fact);
      }
      assert.equal(shown.includes("Outside"), lines.includes("Outside"));
      assert.equal(shown.includes("encrypted"), lines.includes("encrypted"));
    }
  });
}

const SUBJECTS: readonly [sample: string, subject: string][] = [
  ["inside", "Alice invited you to the room “Plans”"],
  ["outside", "@mallory:partner.example invited you to a conversation"],
  ["space", "Alice invited you to the space “Garden club”"],
  ["direct", "Alice wants to chat with you"],
  ["no-name", "@alice:example.org invited you to a conversation"],
  ["several", "3 invitations from Alice and others"],
  ["reminders", "Reminder: 2 invitations from Alice and others"],
  ["many", "7 invitations from Alice and others"],
  ["one-inviter", "Alice sent you 2 invitations"],
  ["reminder", "Reminder: Alice invited you to the room “Plans”"],
  ["ampersand", "O'Neill & Söhne invited you to the room “R&D”"],
];
Deno.test("the subject of several invitations says what they have in common", async () => {
  const [first] = sample("inside").invitations;
  assert.ok(first);
  const dave = { ...first.inviter, id: "@dave:example.org", name: "Dave" };
  const other = { ...first.room, id: "!other:example.org" };
  const nameless = { ...first.room, label: "", name: "", alias: "" };
  const subject = async (...more: Partial<typeof first>[]) => {
    const invitations = [first, ...more.map((difference) => ({ ...first, ...difference }))];
    return (await parts({ ...sample("inside"), invitations })).subject;
  };
  assert.equal(await subject({ room: other }), "Alice sent you 2 invitations");
  assert.equal(await subject({}), "Alice sent you 2 invitations");
  assert.equal(await subject({ inviter: dave }), "2 people invited you to “Plans”");
  const mixed = "2 invitations from Alice and others";
  assert.equal(await subject({ inviter: dave, room: other }), mixed);
  assert.equal(await subject({ inviter: dave, room: nameless }), "2 people invited you to “Plans”");
});

/** What is shown beside the subject of a mail about these, each given by its differences. */
async function preheader(
  ...differences: { inviter?: object; room?: object }[]
): Promise<string> {
  const [first] = sample("inside").invitations;
  assert.ok(first);
  const invitations = differences.map(({ inviter, room }) => ({
    ...first,
    inviter: { ...first.inviter, ...inviter },
    room: { ...first.room, ...room },
  }));
  return preheaderOf((await parts({ ...sample("several"), invitations })).html);
}

Deno.test("beside the subject of several invitations stands what each is to, once", async () => {
  const named = (label: string) => ({ room: { id: `!${label}:x`, label, name: label } });
  const direct = { room: { id: "!d:x", label: "", name: "", alias: "", kind: "direct" } };
  const carol = { inviter: { id: "@carol:example.org", name: "Carol" } };
  const outside = { inviter: { id: "@m:x", name: "", server: "x", local: false } };
  assert.equal(await preheader(named("A"), named("A"), named("AB")), "A · AB");
  assert.equal(
    await preheader(direct, direct, named("A"), { ...direct, ...carol }),
    "A conversation with Alice · A · A conversation with Carol",
  );
  assert.equal(await preheader({}, { ...carol }), "Alice · Carol");
  const letters = [..."ABCDEFG"].map(named);
  assert.equal(await preheader(...letters), "A · B · C · D · E");
  // Strangers' words do not open the mail.
  assert.match(
    await preheader(outside, { ...outside, ...direct }),
    /^Accept invitations from outs/,
  );
});

for (const [name, subject] of SUBJECTS) {
  Deno.test(`the subject of "${name}" is ${JSON.stringify(subject)}`, async () => {
    assert.equal((await parts(sample(name))).subject, subject);
  });
}

Deno.test("a room called R&D reads right in subject, text and HTML", async () => {
  const { subject, text, html } = await parts(sample("ampersand"));
  assert.match(subject, / to the room “R&D”$/);
  assert.match(text, /^ {2}Room: R&D$/m);
  assert.match(html, /<bdi>R&amp;D<\/bdi>/);
  assert.doesNotMatch(html, /&amp;amp;/);
});

Deno.test("an alias takes the place of a room's name without visible characters", async () => {
  const model = sample("inside");
  const invitations = model.invitations.map((invitation) => ({
    ...invitation,
    room: { ...invitation.room, name: "\u3164", label: "\u3164" },
  }));
  const { subject } = await parts({ ...model, invitations });
  assert.equal(subject, "Alice invited you to the room “#plans:example.org”");
});

Deno.test("up to three invitations are shown in full, more are a list of who and where", async () => {
  const model = sample("many");
  const [three, four] = await Promise.all(
    [3, 4].map((count) => parts({ ...model, invitations: model.invitations.slice(0, count) })),
  );
  assert.ok(three && four);
  for (const detail of ["What we want to do in 2027", "Invited on", "Messages are end-to-end"]) {
    assert.ok(three.html.includes(detail) && three.text.includes(detail));
    assert.ok(!four.html.includes(detail) && !four.text.includes(detail));
  }
  assert.equal(three.html.split('class="button edge"').length - 1, 3);
  assert.equal(four.html.split('class="small edge"').length - 1, 4);
  assert.doesNotMatch(four.html, /class="button|<h2/);
  assert.match(
    four.text,
    /^4\. Room: R&D\n {3}From: Alice \(@alice:example\.org\)\n {3}Open the room:/m,
  );
});

Deno.test("a list says who is from outside, calls nothing theirs by its name, and advises once", async () => {
  const { text, html } = await parts(sample("many"));
  assert.match(
    text,
    /^7\. Room: Supplies\n {3}From: @dave:\S+ · Stated name: Dave · Outside your\n {5}organisation$/m,
  );
  assert.doesNotMatch(html, /<strong><bdi>Supplies/);
  assert.equal(html.split("only if you know who sent them").length, 2);
  assert.equal(text.replaceAll("\n", " ").split("only if you know who sent them").length, 2);
});

Deno.test("of 274 invitations fifty are listed, and the rest is counted", async () => {
  const invitations = Array.from({ length: 274 }, (_, index) => {
    const [first] = sample("inside").invitations;
    assert.ok(first);
    const room = { ...first.room, id: `!${index}:example.org`, name: `Room ${index}` };
    const link = `https://matrix.to/#/!${index}%3Aexample.org?via=example.org`;
    return { ...first, room: { ...room, label: room.name }, link };
  });
  const model = sample("many");
  const { subject, text, html } = await parts({ ...model, invitations });
  assert.equal(subject, "Alice sent you 274 invitations");
  for (const part of [text, html]) {
    assert.match(part, /And 224 more: open your chat app to see all of them\./);
    assert.match(part, /Room 49/);
    assert.doesNotMatch(part, /Room 50/);
    assert.ok(part.includes("https://matrix.to/#/!49%3Aexample.org"));
  }
  assert.ok(html.length < 90_000, `${html.length}`);
});

Deno.test("no subject and no HTML has a joiner, in the text only what looks like a link has one", async () => {
  const model = sample("inside");
  const localpart = "bob.miller-baker";
  const { subject, text, html } = await parts({
    ...model,
    recipient: { ...model.recipient, id: `@${localpart}:example.org` },
    invitations: model.invitations.map((invitation) => ({
      ...invitation,
      inviter: { ...invitation.inviter, id: "@alice.archer:example.org", name: "Alice A. Archer" },
      room: { ...invitation.room, label: "evil.example", name: "evil.example" },
      reason: "See http://evil.example/ or v1.2, e.g. today.",
    })),
  });
  assert.doesNotMatch(subject + html, /\u2060/);
  assert.match(subject, /“evil\.example”$/);
  assert.match(html, /@alice<span>\.<\/span>archer:example<span>\.<\/span>org/);
  assert.ok(text.includes(`Your username is @${localpart}:example.org.`));
  assert.ok(text.includes("From: Alice A. Archer (@alice.archer:example.org)"));
  assert.ok(text.includes("See http\u2060://evil.\u2060example/ or v1.2, e.g. today."));
  assert.ok(text.includes("Room: evil.\u2060example"));
});

for (const localpart of ["www.evil", "evil.com", "pay.evil.co.uk"]) {
  Deno.test(`a colleague who calls himself ${localpart} is no link in the text`, async () => {
    const model = sample("inside");
    const { text } = await parts({
      ...model,
      invitations: model.invitations.map((invitation) => ({
        ...invitation,
        inviter: { ...invitation.inviter, id: `@${localpart}:example.org` },
      })),
    });
    assert.ok(text.includes(`(@${localpart.replaceAll(".", ".\u2060")}:example.org)`));
  });
}

Deno.test("the organisation's brand is in both parts", async () => {
  const { text, html } = await parts({
    ...sample("inside"),
    recipient: { name: "", id: "@bob:example.org", address: "bob@example.org" },
    links: { stop: "https://m.example/s?a=1&b=2", stopRoom: "", stopInviter: "", register: "" },
    brand: {
      product: "A&B Chat",
      logo: "cid:logo",
      color: "#123456",
      footer: "A&B",
      support: "help@example.org",
      imprint: "A&B\nHome Street 1",
      register: "Ask the front desk for an account:",
    },
  });
  assert.match(text, /^Hello,\n/);
  assert.match(text, /^https:\/\/m\.example\/s\?a=1&b=2$/m);
  assert.match(text, /^A&B\nA&B\nHome Street 1\n$/m);
  assert.match(html, /href="https:\/\/m\.example\/s\?a=1&amp;b=2"/);
  assert.match(html, /A&amp;B Chat invitation/);
  assert.match(html, /#123456/);
  assert.doesNotMatch(text, /New to Matrix/);
});

Deno.test("a mail in a language without sentences is in English, and says so", async () => {
  const model = sample("inside");
  for (const language of ["tlh", "constructor", "en-GB", ""]) {
    const { html } = await parts({
      ...model,
      mail: { kind: "invite", language, direction: "rtl" },
    });
    assert.match(html, /<html lang="en" dir="ltr">/);
  }
});

Deno.test("every sentence is used, and every sentence used is there", async () => {
  const words = await Deno.readTextFile(new URL("en/words.yaml", TEMPLATES));
  const written = [...words.matchAll(/^(\w+):/gm)].map(([, name]) => name);
  let shared = "";
  for await (const { name } of Deno.readDir(TEMPLATES)) {
    // The page has words of its own.
    if (name === "page.liquid") continue;
    if (name.endsWith(".liquid")) shared += await Deno.readTextFile(new URL(name, TEMPLATES));
  }
  const used = [...shared.matchAll(/"words\/(\w*[a-z])"/g)].map(([, name]) => name);
  const byKind = [...shared.matchAll(/"words\/(|\w*_)"/g)].flatMap(([, start]) =>
    ["room", "space", "direct"].map((kind) => `${start}${kind}`)
  ).filter((name) => !name.endsWith("_unnamed_direct"));
  assert.deepEqual([...new Set([...used, ...byKind])].sort(), written.sort());
  assert.doesNotMatch(shared + words, /\|\s*raw\b/);
});

function replaced(path: string, content: string | undefined) {
  return openLiquidRenderer({
    readTemplate(name) {
      if (name === path) return Promise.resolve(content);
      return Deno.readTextFile(new URL(name, TEMPLATES)).catch(() => undefined);
    },
  });
}

const BROKEN: readonly [path: string, content: string | undefined, message: RegExp][] = [
  ["text.liquid", undefined, /templates\/text\.liquid: there is no such file/],
  ["en/words.yaml", "greeting: 1", /^templates\/en\/words\.yaml:1: greeting: expected text/],
  ["en/words.yaml", "greeting: [", /^templates\/en\/words\.yaml:1: /],
  ["text.liquid", "{% if %}", /^templates\/text\.liquid:1: /],
  ["text.liquid", "\n{{ nobody.name }}", /^templates\/text\.liquid:2: undefined variable: nobody/],
  ["text.liquid", "{{ recipient.name | shout }}", /undefined filter: shout/],
  ["text.liquid", "{{ recipient.constructor }}", /undefined variable/],
  ["text.liquid", '{% include "/etc/passwd" %}', /ENOENT/],
  ["en/words.yaml", "{}", /ENOENT.*words\//],
];
for (const [path, content, message] of BROKEN) {
  Deno.test(`${path} with ${JSON.stringify(content)} is an error that says where`, async () => {
    await assert.rejects(
      replaced(path, content).render(sample("inside")),
      (error) => error instanceof RenderError && message.test(error.message),
    );
  });
}

Deno.test("a template that could not be read is read again for the next mail", async () => {
  let failures = 1;
  const renderer = openLiquidRenderer({
    readTemplate(name) {
      if (failures-- > 0) return Promise.reject(new Error("disk"));
      return Deno.readTextFile(new URL(name, TEMPLATES)).catch(() => undefined);
    },
  });
  await assert.rejects(renderer.render(sample("inside")), RenderError);
  assert.equal((await renderer.render(sample("inside"))).kind, "parts");
});
