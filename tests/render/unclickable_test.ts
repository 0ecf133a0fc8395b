import assert from "node:assert/strict";
import { openLiquidRenderer } from "../../src/render/liquid/mail_renderer.ts";
import { SAMPLES } from "../../src/render/samples.ts";
import { unclickable } from "../../src/render/unclickable.ts";
import { unlinked } from "../../src/text/plain_text.ts";

const DOCUMENTS: readonly [html: string, unclickable: string][] = [
  ["<p>a.\u2060b</p>", "<p>a<span>.</span>b</p>"],
  ["a.\u2060b.\u2060c", "a<span>.</span>b<span>.</span>c"],
  ["http\u2060://a.\u2060b", "http<span>://</span>a<span>.</span>b"],
  ["x.\u2060\u2060://", "x<span>.</span><span>://</span>"],
  ['<p title="a.\u2060b > c">x</p>', '<p title="a.b > c">x</p>'],
  ["<p title='http\u2060://a'>x</p>", "<p title='http://a'>x</p>"],
  ["<title>a.\u2060b</title>", "<title>a.b</title>"],
  ["<style>a.\u2060b { color: red }</style>", "<style>a.b { color: red }</style>"],
  ["<!-- a.\u2060b -->c.\u2060d", "<!-- a.b -->c<span>.</span>d"],
  ["1 < 2, a.\u2060b", "1 < 2, a<span>.</span>b"],
  ["\u2060a", "a"],
];
for (const [html, expected] of DOCUMENTS) {
  Deno.test(`${JSON.stringify(html)} has no joiner, and its texts are no links`, () => {
    assert.equal(unclickable(html), expected);
  });
}

Deno.test("what is copied is what was written", () => {
  const text = "@www.evil.example:https://evil.co.uk/a.b?c=d.e and 3.5";
  const copied = unclickable(unlinked(text)).replace(/<[^>]*>/g, "");
  assert.equal(copied, text);
});

Deno.test("a template may show a name in an attribute and in the title", async () => {
  const html =
    '<title>{{ invitations[0].room.name }}</title><p title="{{ invitations[0].room.name }}">' +
    "{{ invitations[0].room.name }}</p>";
  const renderer = openLiquidRenderer({
    folder: { path: "/templates", files: new Map([["html.liquid", html]]) },
  });
  const model = SAMPLES.inside ?? assert.fail();
  const invitations = model.invitations.map((invitation) => ({
    ...invitation,
    room: { ...invitation.room, name: 'evil.example"' },
  }));
  const content = await renderer.render({ ...model, invitations });
  assert.ok(content.kind === "parts");
  assert.equal(
    content.html,
    '<title>evil.example&quot;</title><p title="evil.example&quot;">' +
      "evil<span>.</span>example&quot;</p>",
  );
});
