import assert from "node:assert/strict";
import { png } from "../../fakes/render/pictures.ts";
import { loaded, messagesFor } from "../configuration.ts";

const place = /^mxisd\.yaml:\d+:\d+: (?:error: |warning: )?/;

async function problems(brand: string, files: Record<string, string> = {}): Promise<string[]> {
  const messages = await messagesFor(`notify:\n  brand:\n    ${brand}\n`, { files });
  return messages.map((message) => message.replace(place, ""));
}

Deno.test("absent keys of the brand are empty, and the product is Matrix", async () => {
  const { settings } = await loaded("memory: { enabled: true }");
  assert.deepEqual(settings.notify.brand, {
    ...{ product: "Matrix", footer: "", support: "", imprint: "", register: "" },
  });
  assert.equal(settings.notify.content, "full");
});

Deno.test("an imprint has as many lines as are written", async () => {
  const { settings } = await loaded("notify:\n  brand:\n    imprint: |\n      One\n      Two\n");
  assert.equal(settings.notify.brand.imprint, "One\nTwo");
});

Deno.test("a colour is accepted with and without #, in any case", async () => {
  for (const color of ['"#0F766E"', "0f766e", '"0F766E"']) {
    const { settings } = await loaded(`notify: { brand: { color: ${color} } }`);
    assert.equal(settings.notify.brand.color, "#0f766e");
  }
  const { settings } = await loaded("notify: { brand: { color: 112233 } }");
  assert.equal(settings.notify.brand.color, "#112233");
});

Deno.test("a logo is read from the configuration's folder and checked", async () => {
  assert.deepEqual(await problems("logo: logo.png", { "logo.png": png(20, 20) }), []);
});

const WRONG: readonly [brand: string, message: RegExp][] = [
  ["color: teal", /^notify\.brand\.color: expected a colour in quotation marks/],
  ['color: "#0f7"', /^notify\.brand\.color: expected a colour/],
  ['color: "#0f766e;x:y"', /^notify\.brand\.color: expected a colour/],
  [
    "logo: missing.png",
    /^notify\.brand\.logo: ".*missing\.png" cannot be read: it does not exist$/,
  ],
  ["logo: logo.svg", /^notify\.brand\.logo: ".*logo\.svg" is an SVG picture, .* save it as PNG$/],
  [`product: "${"x".repeat(61)}"`, /^notify\.brand\.product: expected one line of at most 60/],
  ['footer: "a\\nb"', /^notify\.brand\.footer: expected one line/],
  ['imprint: "a\\eb"', /^notify\.brand\.imprint: expected text of at most 2000 characters$/],
];
for (const [brand, message] of WRONG) {
  Deno.test(`${brand.slice(0, 40)} is an error that says what is wanted`, async () => {
    const [error, ...others] = await problems(brand, { "logo.svg": "<svg/>" });
    assert.match(error ?? "", message);
    assert.deepEqual(others, []);
  });
}

Deno.test("a reply address that needs SMTPUTF8 is refused, but its domain may be any", async () => {
  const [error] = await messagesFor('notify: { replyTo: "hilfe-für@example.org" }');
  assert.match(error ?? "", /notify\.replyTo: expected an address with ASCII characters before/);
  assert.deepEqual(await messagesFor('notify: { replyTo: "help@bücher.example" }'), []);
});
