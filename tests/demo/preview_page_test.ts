import assert from "node:assert/strict";
import { createPreviewPage } from "../../src/demo/preview_page.ts";
import { openPreview, type Preview } from "../../src/preview/preview.ts";
import { sampleSettings } from "../../src/preview/sample_settings.ts";
import { RenderError } from "../../src/render/port.ts";

const preview = await openPreview(await sampleSettings(), Date.UTC(2026, 0, 1));
const events = () => new ReadableStream<Uint8Array>();

async function get(path: string, open = () => Promise.resolve(preview)) {
  const app = createPreviewPage({ open, changes: { count: 0, events } });
  const response = await app.request(`http://127.0.0.1:8091${path}`);
  return { response, text: await response.text() };
}

Deno.test("the page shows all samples, and may run and frame only what is its own", async () => {
  const { response, text } = await get("/");
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'nonce-[^']+'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(text.split("<article").length - 1, preview.samples.length);
  for (const [frame] of text.matchAll(/<iframe[^>]*>/g)) assert.match(frame, / sandbox\s/);
  assert.match(text, /data-changes="\/preview\/changes"/);
});

Deno.test("a sample is shown with its text, in light, dark and on a phone, with header, size and source", async () => {
  const { text } = await get("/?language=en&sample=outside");
  const mail = await preview.mail("outside", "en");
  const shown = [...text.matchAll(/<pre[^>]*>([^<]*)</g)].map(([, inner = ""]) => inner);
  assert.match(shown[0] ?? "", /^Hello Bob,\n[^]*Outside your organisation: /);
  assert.match(shown[1] ?? "", /^From: [^]*\nMessage-ID: [^]*\nList-Unsubscribe: &lt;https:/);
  assert.match(shown[2] ?? "", /^From: [^]*\r?\n\r?\n--/);
  const [, asSent, html] = /class="size">([\d.]+) kB as sent, HTML ([\d.]+) kB</.exec(text) ?? [];
  assert.equal(Number(asSent), Math.round(mail.bytes.length / 100) / 10);
  assert.ok(Number(html) > 5 && Number(html) < Number(asSent) * 2);
  const frames = [...text.matchAll(/<iframe title="outside: ([^"]*)"[^]*?src="([^"]*)"/g)];
  assert.deepEqual(frames.map(([, caption, url]) => `${caption} ${url}`), [
    "HTML, light /preview/mails/en/outside/light",
    "HTML, dark /preview/mails/en/outside/dark",
    "HTML, 360 px wide /preview/mails/en/outside/light",
    "HTML, 360 px wide, dark /preview/mails/en/outside/dark",
  ]);
});

Deno.test("one sample can be chosen, and an unknown one is the default", async () => {
  const one = await get("/?language=en&sample=hostile");
  assert.equal(one.text.split("<article").length, 2);
  assert.match(one.text, /<article id="hostile">/);
  const all = await get("/?language=<script>&sample=constructor");
  assert.equal(all.text.split("<article").length - 1, preview.samples.length);
  assert.doesNotMatch(all.text, /<script>&|constructor/);
});

Deno.test("a mail's HTML has its own policy and the requested color scheme", async () => {
  for (const [scheme, query] of [["light", /max-width: 0/], ["dark", /min-width: 0/]] as const) {
    const { response, text } = await get(`/mails/en/inside/${scheme}`);
    assert.equal(response.status, 200);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; .*frame-ancestors 'self'; sandbox$/);
    assert.match(text, query);
  }
});

Deno.test("a mail that does not exist is not found", async () => {
  for (const path of ["xx/inside/dark", "en/nothing/dark", "en/inside/pink", "en/__proto__/dark"]) {
    assert.equal((await get(`/mails/${path}`)).response.status, 404, path);
  }
});

Deno.test("a template's problem is shown on the page, which waits for the next change", async () => {
  const reason = "templates/text.liquid:3: undefined variable: <nobody>";
  const broken: Preview = { ...preview, mail: () => Promise.reject(new RenderError(reason)) };
  const rendering = await get("/?sample=inside", () => Promise.resolve(broken));
  const reading = await get("/", () => Promise.reject(new RenderError(reason)));
  for (const { response, text } of [rendering, reading]) {
    assert.equal(response.status, 200);
    assert.match(
      text,
      /role="alert">templates\/text\.liquid:3: undefined variable: &lt;nobody&gt;</,
    );
    assert.match(text, /data-changes/);
  }
});

Deno.test("templates are read again when one has changed, and only then", async () => {
  let opened = 0;
  const changes = { count: 0, events };
  const open = () => Promise.resolve({ ...preview, samples: ["inside"], opened: ++opened });
  const app = createPreviewPage({ open, changes });
  const load = async () => await (await app.request("http://127.0.0.1:8091/")).text();
  await load();
  await load();
  assert.equal(opened, 1);
  changes.count++;
  await load();
  assert.equal(opened, 2);
});
