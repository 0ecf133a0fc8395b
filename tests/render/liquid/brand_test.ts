import fc from "fast-check";
import assert from "node:assert/strict";
import { contrast, MIN_CONTRAST } from "../../../src/render/liquid/contrast.ts";
import { openLiquidRenderer } from "../../../src/render/liquid/mail_renderer.ts";
import { lookOf } from "../../../src/render/liquid/palette.ts";
import { parsePicture } from "../../../src/render/liquid/picture.ts";
import { supportLink } from "../../../src/render/liquid/support_link.ts";
import type { MailModel } from "../../../src/render/port.ts";
import { SAMPLES } from "../../../src/render/samples.ts";
import { octets, png } from "../../fakes/render/pictures.ts";
import { runs } from "../../thorough.ts";
import { drawnTexts } from "./drawn_text.ts";

const INSIDE = SAMPLES.inside as MailModel;

async function parts(brand: Partial<MailModel["brand"]>, logo?: string, model = INSIDE) {
  const picture = parsePicture(octets(logo ?? ""));
  const renderer = openLiquidRenderer(
    typeof picture === "string" ? {} : { logo: { contentId: "logo@here", picture } },
  );
  const content = await renderer.render({ ...model, brand: { ...model.brand, ...brand } });
  assert.ok(content.kind === "parts");
  return content;
}

const colors = fc.integer({ min: 0, max: 0xFFFFFF }).map((value) =>
  `#${value.toString(16).padStart(6, "0")}`
);

for (const scheme of ["light", "dark"] as const) {
  for (const [name, model] of Object.entries(SAMPLES)) {
    Deno.test(`all text of the sample "${name}" can be read in the ${scheme}`, async () => {
      const { html } = await parts({}, undefined, model);
      const texts = drawnTexts(html, scheme);
      assert.ok(texts.length > 10);
      for (const { text, color, background } of texts) {
        assert.ok(
          contrast(color, background) >= MIN_CONTRAST,
          `${color} on ${background}: ${text}`,
        );
      }
      const grounds = new Set(texts.map(({ background }) => background));
      assert.equal(grounds.has("#ffffff"), scheme === "light");
    });
  }

  Deno.test(`all words can be read in the ${scheme}, whatever the colour`, async () => {
    await fc.assert(
      fc.asyncProperty(colors, async (color) => {
        const support = "help@example.org";
        const { html } = await parts({ color, support }, undefined, SAMPLES.several);
        for (const { text, color: ink, background } of drawnTexts(html, scheme)) {
          assert.ok(contrast(ink, background) >= MIN_CONTRAST, `${ink} on ${background}: ${text}`);
        }
      }),
      runs(50),
    );
  });
}

Deno.test("the button's edge can be seen on light and dark, whatever the colour", () => {
  fc.assert(fc.property(colors, (color) => {
    const { light, dark } = lookOf(color);
    assert.ok(contrast(light, "#ffffff") >= 3 && contrast(dark, "#1b1f22") >= 3);
  }));
});

Deno.test("the logo is attached, and keeps its proportions", async () => {
  const { html, inline } = await parts({ logo: "cid:logo@here", product: "R&D" }, png(960, 96));
  assert.match(html, /<img src="cid:logo@here" alt="R&amp;D" width="240" height="24" /);
  assert.equal(inline.length, 1);
  assert.equal(inline[0]?.contentId, "logo@here");
  assert.equal(inline[0]?.mediaType, "image/png");
});

Deno.test("a logo is made smaller, never larger, and never vanishes", () => {
  const size = (width: number, height: number) => {
    const picture = parsePicture(octets(png(width, height)));
    assert.ok(typeof picture !== "string");
    const { logoWidth, logoHeight } = lookOf("", picture);
    return [logoWidth, logoHeight];
  };
  assert.deepEqual(size(32, 32), [32, 32]);
  assert.deepEqual(size(480, 480), [48, 48]);
  assert.deepEqual(size(2400, 48), [240, 5]);
  assert.deepEqual(size(1, 4096), [1, 48]);
});

Deno.test("a logo that no template shows is not attached", async () => {
  assert.deepEqual((await parts({ logo: "" }, png(10, 10))).inline, []);
});

const SUPPORT: readonly [support: string, link: string][] = [
  ["help@example.org", "mailto:help@example.org"],
  ["a&b?c%d@example.org", "mailto:a%26b%3Fc%25d@example.org"],
  ["https://example.org/help?a=1&b=2", "https://example.org/help?a=1&b=2"],
  ["HTTP://example.org", "http://example.org/"],
  ["javascript:alert(1)", ""],
  ["https://user:password@example.org/", ""],
  ["https://example.org or 4711", ""],
  ["extension 4711", ""],
  ["", ""],
];
for (const [support, link] of SUPPORT) {
  Deno.test(`a click on ${JSON.stringify(support)} leads to ${JSON.stringify(link)}`, async () => {
    assert.equal(supportLink(support), link);
    const { html, text } = await parts({ support });
    const escaped = link.replaceAll("&", "&amp;");
    if (link !== "") assert.ok(html.includes(`<a href="${escaped}" class="link"`));
    assert.equal(text.includes("Questions?"), support !== "");
  });
}

Deno.test("how to get an account is in the organisation's words, with the link", async () => {
  const register = "Ask <the> front desk:";
  const { html, text } = await parts({ register });
  assert.match(
    html,
    /dir="auto"[^>]*>Ask &lt;the&gt; front desk: <a href="https:\/\/example\.org"/,
  );
  assert.match(text, /Ask <the> front desk:\nhttps:\/\/example\.org\n/);
  assert.doesNotMatch(text, /Sign in for the first time/);
  for (const part of [text, html.replace(/<\/?(?:strong|bdi|span)[^>]*>/g, "")]) {
    assert.match(part, /New to Matrix\? Your username is @bob:example\.org\./);
  }
});
