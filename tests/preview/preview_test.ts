import assert from "node:assert/strict";
import { openPreview } from "../../src/preview/preview.ts";
import { sampleLogo } from "../../src/preview/sample_logo.ts";
import { sampleSettings } from "../../src/preview/sample_settings.ts";
import { withTemplate } from "../../src/preview/with_template.ts";
import { parsePicture } from "../../src/render/liquid/picture.ts";
import { RenderError } from "../../src/render/port.ts";
import { SAMPLES } from "../../src/render/samples.ts";

const NOW = Date.UTC(2026, 0, 1, 9, 30);
const preview = await openPreview(await sampleSettings(), NOW);

Deno.test("there is a mail of each sample, as it would be sent", async () => {
  assert.deepEqual(preview.samples, Object.keys(SAMPLES));
  assert.ok(preview.languages.includes("en"));
  for (const sample of preview.samples) {
    const { subject, text, html, header } = await preview.mail(sample, "en");
    assert.ok(subject !== "" && text !== "", sample);
    assert.match(html, /^<!DOCTYPE html>/);
    assert.match(header, /^From: Matrix at Example <matrix@example\.org>$/m);
    assert.match(header, /^Date: Thu, 01 Jan 2026 09:30:00 \+0000$/m);
    assert.match(header, /^Auto-Submitted: auto-generated$/m);
  }
});

Deno.test("the samples' people belong to the configured homeserver", async () => {
  const settings = await sampleSettings();
  const elsewhere = { ...settings, matrix: { ...settings.matrix, domain: "corp.test" } };
  const { text } = await (await openPreview(elsewhere, NOW)).mail("inside", "en");
  assert.match(text, /@alice:corp\.test/);
  assert.match(text, /@bob:corp\.test/);
  assert.doesNotMatch(text, /Outside your organisation|:example\.org/);
});

Deno.test("the branded sample has a logo, and no other one", async () => {
  for (const sample of preview.samples) {
    const { html } = await preview.mail(sample, "de");
    const isBranded = sample === "branded";
    assert.equal(
      /<img src="data:image\/png;base64,[^"]+" alt="Corp Chat" width="192"/.test(html),
      isBranded,
    );
    assert.equal(html.includes("<img"), isBranded, sample);
  }
  const picture = parsePicture(sampleLogo().bytes);
  assert.deepEqual(picture, sampleLogo());
});

Deno.test("an organisation's own brand is shown without the sample's logo", async () => {
  const settings = await sampleSettings();
  const own = { ...settings.notify.brand, product: "Acme Chat" };
  const ours = { ...settings, notify: { ...settings.notify, brand: own } };
  const { html } = await (await openPreview(ours, NOW)).mail("branded", "en");
  assert.match(html, /Acme Chat invitation/);
  assert.doesNotMatch(html, /<img|Corp Chat/);
});

Deno.test("who is in a sample's rooms is added to them", async () => {
  for (const [sample, { invitations }] of Object.entries(SAMPLES)) {
    const { text } = await preview.mail(sample, "en");
    const added = invitations.filter((invitation) => invitation.added);
    assert.equal([...text.matchAll(/^ *Added by:/gm)].length, added.length, sample);
  }
});

Deno.test("somebody from outside stays outside", async () => {
  const { text } = await preview.mail("outside", "en");
  assert.match(text, /^Outside your organisation/m);
});

Deno.test("a legacy template can be tried, and a broken one is reported with its line", async () => {
  const file = await Deno.makeTempFile({ suffix: ".eml" });
  try {
    await Deno.writeTextFile(file, "Subject: %SENDER_NAME% rings\n\nCome to %ROOM_NAME%.\n");
    const settings = withTemplate(await sampleSettings(), file, "file");
    const { subject, text, html } = await (await openPreview(settings, NOW)).mail("inside", "en");
    assert.deepEqual([subject, text.trim(), html], ["Alice rings", "Come to Plans.", ""]);
    await Deno.writeTextFile(file, "Come to %ROOM_NAME%.\n\n\n");
    await assert.rejects(openPreview(settings, NOW), (error) => {
      return error instanceof RenderError && error.message.startsWith(`${file}:1: `);
    });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a sample that does not exist is refused", async () => {
  await assert.rejects(preview.mail("constructor", "en"), RangeError);
});

Deno.test("samples for a setting show it, and the configured brand stays", async () => {
  const { text: names } = await preview.mail("names", "en");
  assert.match(names, /Plans/);
  assert.doesNotMatch(names, /Topic/);
  const { text: minimal } = await preview.mail("minimal", "en");
  assert.doesNotMatch(minimal, /Plans|Topic/);
  assert.match((await preview.mail("branded", "en")).text, /Corp Limited/);

  const settings = await sampleSettings();
  const brand = { ...settings.notify.brand, product: "Our Chat" };
  const own = await openPreview({ ...settings, notify: { ...settings.notify, brand } }, NOW);
  const { html } = await own.mail("branded", "en");
  assert.match(html, /Our Chat/);
  assert.doesNotMatch(html, /Corp/);
});

Deno.test("mails have the header fields of real ones, and each sample a link of its own to stop", async () => {
  const { header, text } = await preview.mail("inside", "en");
  for (const name of ["Message-ID", "List-Id", "References", "List-Unsubscribe"]) {
    assert.match(header, new RegExp(`^${name}:\\s`, "m"));
  }
  const link = /https:\/\/chat\.example\.org\/stop\/\S+/;
  assert.match(text, link);
  const other = await preview.mail("inside", "en");
  assert.notEqual(link.exec(text)?.[0], link.exec(other.text)?.[0]);
});

Deno.test("a template that is tried takes the place of SendGrid's", async () => {
  const file = await Deno.makeTempFile({ suffix: ".eml" });
  try {
    await Deno.writeTextFile(file, "Subject: Ring\n\nCome!\n");
    const settings = await sampleSettings();
    const { notification } = settings;
    const sendgrid = {
      ...settings,
      notification: { ...notification, handler: { email: "sendgrid" as const } },
    };
    const tried = await openPreview(withTemplate(sendgrid, file, "file"), NOW);
    assert.equal((await tried.mail("inside", "en")).subject, "Ring");
  } finally {
    await Deno.remove(file);
  }
});
