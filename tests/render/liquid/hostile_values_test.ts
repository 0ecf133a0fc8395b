import fc from "fast-check";
import assert from "node:assert/strict";
import { LANGUAGES } from "../../../src/render/liquid/languages.ts";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import { neutralModel } from "../../../src/render/neutral_model.ts";
import type { InvitationModel, MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { NO_BRAND } from "../../fakes/render/brand.ts";
import { codePoint } from "../../fakes/text/code_point.ts";
import { runs } from "../../thorough.ts";
import { structureOf } from "./html_structure.ts";

const renderer = openLiquidRenderer();
const [INVITATION] = SAMPLES.inside?.invitations ?? [];

const NASTY = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</style></title></table>",
  "<!--",
  "]]>",
  "&lt;b&gt;&amp;",
  "{{ recipient.address }}{% raw %}",
  "{% include 'text' %}",
  "%SENDER_ID%",
  "a\r\nBcc: victim@example.org",
  "a\r\n\r\nbody",
  "=?utf-8?q?a?=",
  "\u202eevil\u202c",
  "\u2066\u2066\u2067",
  "\u2069\u2069\u202c",
  "\u0000\u001b[31m\u009b",
  "\ud800",
  "http://evil.example/",
  "javascript:alert(1)",
  "data:text/html,<b>",
  "__proto__",
  "constructor",
  "e\u0301\u0301\u0301\u0301\u0301\u0301",
];
const value = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: codePoint, maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 4 }).map((parts) => parts.join("")),
);
const invitation: fc.Arbitrary<InvitationModel> = fc.record({
  inviter: fc.record({ name: value, id: value, server: value, local: fc.boolean() }),
  room: fc.record({
    id: value,
    label: value,
    name: value,
    alias: value,
    kind: fc.constantFrom("room", "space", "direct"),
    topic: value,
    encrypted: fc.boolean(),
  }),
  added: fc.boolean(),
  reason: value,
  when: fc.constant(INVITATION?.when ?? ""),
  link: fc.constant(INVITATION?.link ?? ""),
});
const model: fc.Arbitrary<MailModel> = fc.record({
  recipient: fc.record({ name: value, id: value, address: fc.constant("bob@example.org") }),
  mail: fc.record({
    kind: fc.constantFrom("invite", "digest", "reminder"),
    language: fc.constantFrom(...LANGUAGES),
    direction: fc.constantFrom("ltr", "rtl"),
  }),
  invitations: fc.array(invitation, { minLength: 1, maxLength: 2 }),
  links: fc.constant({ stop: "", stopRoom: "", stopInviter: "", register: "https://example.org" }),
  brand: fc.constant(NO_BRAND),
});

/** The same mail with a harmless word in each place that shows something. */
function tame(hostile: MailModel): MailModel {
  const shown = neutralModel(hostile, "html");
  const word = (text: string) => text === "" ? "" : "x";
  return {
    ...hostile,
    recipient: { ...hostile.recipient, name: word(shown.recipient.name), id: "@x:x" },
    invitations: shown.invitations.map(({ inviter, room, added, reason, when, link }) => ({
      inviter: {
        name: word(inviter.name),
        id: "@x:x",
        server: word(inviter.server),
        local: inviter.local,
      },
      room: {
        ...room,
        id: "x",
        label: word(room.label),
        name: word(room.name),
        alias: room.alias === room.label ? word(room.label) : room.alias === "" ? "" : "y",
        topic: word(room.topic),
      },
      added,
      reason: word(reason),
      when,
      link,
    })),
  };
}

async function parts(model: MailModel) {
  const content = await renderer.render(model);
  assert.ok(content.kind === "parts");
  return content;
}

Deno.test("no value changes the elements or attributes of the HTML", async () => {
  await fc.assert(
    fc.asyncProperty(model, async (hostile) => {
      const { html } = await parts(hostile);
      assert.deepEqual(structure(html), structure((await parts(tame(hostile))).html));
    }),
    runs(100),
  );
});

// The preheader names each room once, so that equal values are fewer there.
function structure(html: string): string[] {
  return structureOf(
    html.replace(/<div style="display:none.*?<\/div>/s, (part) => part.replaceAll(/<\/?bdi>/g, "")),
  );
}

Deno.test("whatever the values, the subject is one line and the text has no control characters", async () => {
  await fc.assert(
    fc.asyncProperty(model, async (hostile) => {
      const { subject, text, html } = await parts(hostile);
      assert.doesNotMatch(subject, /[\p{Cc}\u2028\u2029\u202A-\u202E]/u);
      assert.doesNotMatch(text, /[^\P{Cc}\n]|[\u2028\u2029\u202A-\u202E]/u);
      assert.ok(subject.isWellFormed() && text.isWellFormed() && html.isWellFormed());
      assert.ok(subject.length > 0 && subject.length < 16 * 250);
      for (const part of [subject, text]) {
        let depth = 0;
        for (const [sign] of part.matchAll(/[\u2066-\u2069]/g)) {
          depth += sign === "\u2068" ? 1 : sign === "\u2069" ? -1 : NaN;
          assert.ok(depth === 0 || depth === 1);
        }
        assert.equal(depth, 0);
      }
    }),
    runs(100),
  );
});

Deno.test("no value can make a line of the text", async () => {
  await fc.assert(
    fc.asyncProperty(model, async (hostile) => {
      const { text } = await parts(hostile);
      assert.equal(text.split("\n").filter((line) => line === "-- ").length, 1);
    }),
    runs(100),
  );
});

Deno.test("the only links are ours", async () => {
  await fc.assert(
    fc.asyncProperty(model, async (hostile) => {
      const { html, text } = await parts(hostile);
      for (const [, href] of html.matchAll(/ href="([^"]*)"/g)) {
        assert.match(href ?? "", /^https:\/\/(?:matrix\.to|example\.org)/);
      }
      for (const [link] of text.matchAll(/[a-z]+:\/\/\S+/g)) {
        assert.match(link, /^https:\/\/(?:matrix\.to|example\.org)/);
      }
    }),
    runs(100),
  );
});
