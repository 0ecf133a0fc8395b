import fc from "fast-check";
import assert from "node:assert/strict";
import { MAX_PICTURE_BYTES, parsePicture } from "../../../src/render/liquid/picture.ts";
import { gif, jpeg, octets, png } from "../../fakes/render/pictures.ts";

const FORMATS = [["image/png", png], ["image/gif", gif], ["image/jpeg", jpeg]] as const;

for (const [mediaType, make] of FORMATS) {
  Deno.test(`${mediaType} is recognised by its bytes, and its size is read`, () => {
    const bytes = octets(make(300, 70));
    assert.deepEqual(parsePicture(bytes), { mediaType, width: 300, height: 70, bytes });
  });

  Deno.test(`${mediaType} that is cut off or has no size is refused`, () => {
    const whole = make(300, 70);
    for (const broken of [whole.slice(0, 12), make(0, 70), make(300, 0)]) {
      assert.match(String(parsePicture(octets(broken))), /^is a broken picture|^is not a PNG/);
    }
  });
}

const WRONG: readonly [what: string, file: string, reason: RegExp][] = [
  ["an SVG file", '<?xml version="1.0"?><svg/>', /^is an SVG picture, .* save it as PNG$/],
  ["an SVG file without a head", '\n<svg xmlns="x">', /^is an SVG picture/],
  ["WebP", "RIFF\0\0\0\0WEBPVP8 ", /^is not a PNG, JPEG or GIF picture$/],
  ["HTML", "<script>alert(1)</script>", /^is not a PNG/],
  ["nothing", "", /^is not a PNG/],
  ["a side that fills the reader's memory", png(4097, 1), /^is larger than 4096 pixels/],
  ["another such side", gif(1, 65_535), /^is larger than 4096 pixels/],
  ["too much", png(1, 1) + "x".repeat(MAX_PICTURE_BYTES), /^is larger than 100 KiB/],
];
for (const [what, file, reason] of WRONG) {
  Deno.test(`${what} is refused as a picture`, () => {
    assert.match(String(parsePicture(octets(file))), reason);
  });
}

Deno.test("no bytes break the parser", () => {
  const starts = FORMATS.map(([, make]) => make(300, 70));
  fc.assert(fc.property(
    fc.constantFrom(...starts),
    fc.nat(60),
    fc.uint8Array({ maxLength: 200 }),
    (start, kept, noise) => {
      const picture = parsePicture(new Uint8Array([...octets(start.slice(0, kept)), ...noise]));
      assert.ok(typeof picture === "string" || (picture.width > 0 && picture.height > 0));
    },
  ));
});
