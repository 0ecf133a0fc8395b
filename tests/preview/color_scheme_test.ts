import assert from "node:assert/strict";
import { inColorScheme, MAIL_POLICY } from "../../src/preview/color_scheme.ts";

const MAIL = `<!DOCTYPE html>
<html lang="en">
<head>
<meta name="color-scheme" content="light dark">
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) { p { margin: 0 } }
@media (prefers-color-scheme: dark) { p { color: white } }
@media screen and ( Prefers-Color-Scheme : light ) { p { color: black } }
</style>
</head>
<body><p>Is light dark?</p></body></html>`;

Deno.test("the dark copy has the dark rules, whatever the browser likes", () => {
  const html = inColorScheme(MAIL, "dark");
  assert.match(html, /@media \(min-width: 0\) \{ p \{ color: white/);
  assert.match(html, /@media screen and \(max-width: 0\) \{ p \{ color: black/);
  assert.match(html, /:root \{ color-scheme: dark; supported-color-schemes: dark; \}/);
  assert.match(html, /<meta name="color-scheme" content="dark">/);
});

Deno.test("the light copy has the light rules, and the others stay as they are", () => {
  const html = inColorScheme(MAIL, "light");
  assert.match(html, /@media \(max-width: 0\) \{ p \{ color: white/);
  assert.match(html, /@media screen and \(min-width: 0\) \{ p \{ color: black/);
  assert.match(html, /@media \(max-width: 480px\)/);
  assert.match(html, /Is light dark\?/);
});

Deno.test("a copy carries its policy before anything that it could stop", () => {
  const policy = `<meta http-equiv="Content-Security-Policy" content="${MAIL_POLICY}">`;
  assert.ok(inColorScheme(MAIL, "dark").includes(`<head>${policy}`));
  assert.equal(inColorScheme("<p>Hello</p>", "light"), `${policy}<p>Hello</p>`);
  assert.equal(
    inColorScheme("<!doctype html><html><p>Hello</p>", "light"),
    `<!doctype html><html>${policy}<p>Hello</p>`,
  );
});
