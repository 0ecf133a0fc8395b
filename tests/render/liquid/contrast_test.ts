import fc from "fast-check";
import assert from "node:assert/strict";
import {
  contrast,
  MIN_CONTRAST,
  readableOn,
  textColorOn,
} from "../../../src/render/liquid/contrast.ts";

const colors = fc.integer({ min: 0, max: 0xFFFFFF }).map((value) =>
  `#${value.toString(16).padStart(6, "0")}`
);

Deno.test("contrast is what WCAG computes", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.equal(contrast("#123456", "#123456"), 1);
  assert.equal(contrast("#ffffff", "#767676").toFixed(2), "4.54");
  assert.equal(contrast("#767676", "#ffffff").toFixed(2), "4.54");
});

Deno.test("text on any colour is readable", () => {
  fc.assert(fc.property(colors, (color) => {
    assert.ok(contrast(textColorOn(color), color) >= MIN_CONTRAST, color);
  }));
});

Deno.test("a readable colour is kept, and every other one is changed until it is", () => {
  const light = ["#ffffff", "#eef1f3"];
  assert.equal(readableOn(light, "#0f766e", "black"), "#0f766e");
  fc.assert(fc.property(colors, (color) => {
    for (const [grounds, toward] of [[light, "black"], [["#111416"], "white"]] as const) {
      const changed = readableOn(grounds, color, toward);
      assert.match(changed, /^#[0-9a-f]{6}$/);
      for (const ground of grounds) assert.ok(contrast(changed, ground) >= MIN_CONTRAST, color);
    }
  }));
});
