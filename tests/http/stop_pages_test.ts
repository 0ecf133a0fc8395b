import assert from "node:assert/strict";
import { UNDO_WITHIN_MS } from "../../src/http/stop_pages.ts";
import { DAY } from "../../src/settings/duration.ts";
import { StopSite } from "../fakes/http/stop_site.ts";
import { textOf } from "../render/liquid/html_structure.ts";

/** The names and values of the page's buttons. */
function buttons(html: string): string[] {
  return [...html.matchAll(/<button name="(\w+)" value="(\w+)"/g)].map(([, name, value]) =>
    `${name} ${value}`
  );
}

Deno.test("the page shows what the mail was about, and three choices", async () => {
  await using site = new StopSite();
  const response = await site.app.request(await site.linkOf());
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=UTF-8");
  const html = await response.text();
  assert.deepEqual(buttons(html), ["stop room", "stop inviter", "stop all"]);
  assert.match(textOf(html), /the room “Plans 1”[^]*from @alice:example/);
  assert.doesNotMatch(html, /bob|mail\.example/);
});

Deno.test("opening the link, however often and however, changes nothing", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  for (const method of ["GET", "HEAD"]) {
    for (const query of ["", "?what=all", "?stop=all", "?List-Unsubscribe=One-Click"]) {
      const response = await site.app.request(path + query, { method });
      assert.equal(response.status, 200);
      await response.body?.cancel();
    }
  }
  assert.deepEqual(await site.stopped(), []);
});

for (const scope of ["room", "inviter", "all"] as const) {
  Deno.test(`"${scope}" is stopped by its button, and undone by another`, async () => {
    await using site = new StopSite();
    const path = await site.linkOf();
    const stopping = await site.post(path, { stop: scope });
    assert.equal(stopping.status, 303);
    assert.equal(await stopping.text(), "");
    const back = stopping.headers.get("location") ?? "";
    // Relative, as a proxy may have taken the beginning of the path away.
    assert.equal(
      new URL(back, `https://x.example/prefix${path}?what=room`).pathname,
      `/prefix${path}`,
    );
    assert.deepEqual(await site.stopped(), [scope]);
    assert.equal(await site.invited(), undefined);

    const html = await (await site.app.request(path)).text();
    const others = scope === "all" ? [] : ["room", "inviter", "all"].filter((it) => it !== scope);
    assert.deepEqual(
      buttons(html).sort(),
      [...others.map((it) => `stop ${it}`), `undo ${scope}`].sort(),
    );

    assert.equal((await site.post(path, { undo: scope })).status, 303);
    assert.deepEqual(await site.stopped(), []);
    assert.ok(await site.invited());
  });
}

Deno.test("pressing a button twice is pressing it once", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  for (let press = 0; press < 3; press++) {
    assert.equal((await site.post(path, { stop: "all" })).status, 303);
  }
  assert.deepEqual(await site.stopped(), ["all"]);
  for (let press = 0; press < 3; press++) {
    assert.equal((await site.post(path, { undo: "all" })).status, 303);
  }
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("what was stopped a week ago cannot be undone", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  await site.post(path, { stop: "all" });
  await site.clock.advance(UNDO_WITHIN_MS);
  assert.deepEqual(buttons(await (await site.app.request(path)).text()), ["undo all"]);
  await site.clock.advance(1);
  const html = await (await site.app.request(path)).text();
  assert.deepEqual(buttons(html), []);
  assert.match(textOf(html), /ask the people who run Matrix for you/);
  assert.equal((await site.post(path, { undo: "all" })).status, 303);
  assert.deepEqual(await site.stopped(), ["all"]);
});

Deno.test("the link of an old mail still stops mails", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  await site.clock.advance(3650 * DAY);
  await site.post(path, { stop: "inviter" });
  assert.deepEqual(await site.stopped(), ["inviter"]);
});

const boundary = "x";
const MULTIPART =
  `--${boundary}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n` +
  `One-Click\r\n--${boundary}--\r\n`;
for (
  const [what, body, type] of [
    ["a form's", "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"],
    ["a multipart", MULTIPART, `multipart/form-data; boundary=${boundary}`],
  ] as const
) {
  Deno.test(`the button of a mail client (${what} body) stops all, without a redirect`, async () => {
    await using site = new StopSite();
    const path = await site.linkOf();
    for (let press = 0; press < 2; press++) {
      const headers = { "content-type": type };
      const response = await site.app.request(path, { method: "POST", body, headers });
      assert.equal(response.status, 200);
      assert.match(
        textOf(await response.text()),
        /You won't get any more emails about invitations/,
      );
      assert.equal(response.headers.get("location"), null);
    }
    assert.deepEqual(await site.stopped(), ["all"]);
    assert.equal(await site.invited(), undefined);
  });
}

Deno.test("a body that requests nothing, or something unknown, changes nothing", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  const form = "application/x-www-form-urlencoded";
  for (
    const [body, type, status] of [
      ["", form, 400],
      ["stop=everything", form, 400],
      ["stop=__proto__&undo=", form, 400],
      ["List-Unsubscribe=Two-Clicks", form, 400],
      ["\xff\xfe%zz", form, 400],
      ["stop=all", "multipart/form-data; boundary=y", 400],
      ["stop=all", "multipart/form-data", 400],
      [`stop=all&x=${"x".repeat(4096)}`, form, 413],
    ] as const
  ) {
    const headers = { "content-type": type };
    const response = await site.app.request(path, { method: "POST", body, headers });
    assert.equal(response.status, status, body.slice(0, 20));
    assert.match(textOf(await response.text()), /Nothing was changed/);
  }
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("what the mail does not offer cannot be stopped", async () => {
  await using site = new StopSite();
  const mail = await site.invited();
  assert.ok(mail);
  const { hash } = site.outbox.suppressions;
  const token = site.tokens.write({
    mail: mail.id,
    address: hash("address", "bob@mail.example"),
    language: "en",
  });
  const html = await (await site.app.request(`/stop/${token}`)).text();
  assert.deepEqual(buttons(html), ["stop all"]);
  await site.post(`/stop/${token}`, { stop: "room" });
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("the link says which choice stands out, the one that stops all never does", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  for (
    const [query, main] of [
      ["", ["room", "inviter"]],
      ["?what=room", ["room"]],
      ["?what=inviter", ["inviter"]],
      ["?what=all", ["room", "inviter"]],
      ["?what=x", ["room", "inviter"]],
    ] as const
  ) {
    const html = await (await site.app.request(path + query)).text();
    assert.deepEqual(
      [...html.matchAll(/value="(\w+)" [^>]*class="main"/g)].map(([, value]) => value),
      main,
    );
  }
});

Deno.test("a room that the mail did not name is not named on the page", async () => {
  await using site = new StopSite({ namesRoom: false });
  const html = await (await site.app.request(await site.linkOf())).text();
  assert.doesNotMatch(html, /Plans/);
  assert.match(textOf(html), /invitations to this room[^]*from @alice/);
});

Deno.test("the page is in the language of the mail", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(undefined, "ar");
  const headers = { "accept-language": "de" };
  const html = await (await site.app.request(path, { headers })).text();
  assert.match(html, /<html lang="ar" dir="rtl">/);
});

const OUTSIDE = { inviter: "@helpdesk:examp1e.org" };

Deno.test("the button of mail programs in a mail from outside stops mails from outside alone", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.invited(OUTSIDE));
  const response = await site.post(path, { "List-Unsubscribe": "One-Click" });
  assert.equal(response.status, 200);
  assert.match(textOf(await response.text()), /from outside your organisation[^]*Stopped\./);
  assert.deepEqual(await site.stopped(), ["outside"]);
  assert.equal(await site.invited({ inviter: "@oscar:evil.example", room: "!other:x" }), undefined);
  assert.ok(await site.invited({ room: "!lunch:example.org" }));
});

Deno.test("the page of a mail from outside offers to stop all from outside, and prefers that", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(await site.invited(OUTSIDE));
  const html = await (await site.app.request(path)).text();
  assert.deepEqual(buttons(html), ["stop room", "stop inviter", "stop outside", "stop all"]);
  assert.match(html, /value="outside" [^>]*class="main"/);
  assert.equal((await site.post(path, { stop: "outside" })).status, 303);
  assert.deepEqual(await site.stopped(), ["outside"]);
  assert.equal((await site.post(path, { undo: "outside" })).status, 303);
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("the page says no more about a room and an inviter from outside than the mail did", async () => {
  for (const [namesOutside, expected] of [[false, /to this room/], [true, /Plans 1/]] as const) {
    await using site = new StopSite({ namesOutside });
    const html = await (await site.app.request(await site.linkOf(await site.invited(OUTSIDE))))
      .text();
    assert.match(textOf(html), expected);
    assert.equal(html.includes("Plans"), namesOutside);
    assert.match(html, /@helpdesk:examp1e/);
  }
});

Deno.test("the page of a colleague's mail does not stop mails from outside, but shows and undoes it", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  await site.post(path, { stop: "outside" });
  assert.deepEqual(await site.stopped(), []);
  await site.post(await site.linkOf(await site.invited(OUTSIDE)), { stop: "outside" });
  const html = await (await site.app.request(path)).text();
  assert.deepEqual(buttons(html), ["stop room", "stop inviter", "undo outside", "stop all"]);
  await site.post(path, { undo: "outside" });
  assert.deepEqual(await site.stopped(), []);
});
