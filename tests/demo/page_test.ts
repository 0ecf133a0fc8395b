import { Hono } from "hono";
import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import type { DemoInvite } from "../../src/demo/homeserver.ts";
import type { CaughtMail } from "../../src/demo/mail_catcher.ts";
import { createPage } from "../../src/demo/page.ts";

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&`;

async function open(mails: readonly CaughtMail[] = []) {
  const invites: DemoInvite[] = [];
  const app = createPage({
    mails,
    people: ["@bob:example.org", "@alice:example.org"],
    domain: "example.org",
    preview: new Hono(),
    invite: (invite) => Promise.resolve(void invites.push(invite)),
  });
  await Promise.resolve();
  return { app, invites };
}

function form(fields: Record<string, string>, headers: Record<string, string> = {}): Request {
  return new Request("http://127.0.0.1:8091/invites", {
    method: "POST",
    headers: { origin: "http://127.0.0.1:8091", host: "127.0.0.1:8091", ...headers },
    body: new URLSearchParams(fields),
  });
}

const GOOD = { name: "Alice", invitee: "@bob:example.org", room: "Plans", reason: "" };

Deno.test("the page shows a form, and may run nothing", async () => {
  const { app } = await open();
  const response = await app.request("http://127.0.0.1:8091/");
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /script-src|unsafe/);
  const page = await response.text();
  assert.match(page, /<form method="post" action="\/invites">/);
  assert.match(page, /No email yet/);
});

Deno.test("the form sends an invite, and comes back to the page", async () => {
  const { app, invites } = await open();
  const response = await app.request(form({ ...GOOD, name: "Dr. Eve <x>" }));
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/"]);
  assert.deepEqual(invites, [{
    inviter: "@drevex:example.org",
    inviterName: "Dr. Eve <x>",
    invitee: "@bob:example.org",
    room: "Plans",
    reason: "",
  }]);
});

Deno.test("an invite that another site sends is refused", async () => {
  const { app, invites } = await open();
  for (const origin of ["http://evil.example", "null", "http://127.0.0.1:9999"]) {
    assert.equal((await app.request(form(GOOD, { origin }))).status, 403);
  }
  assert.equal(invites.length, 0);
});

Deno.test("a request by another host's name is refused", async () => {
  const { app, invites } = await open();
  const url = "http://rebound.example:8091";
  for (const path of ["/", "/preview", "/preview/mails/en/inside/light"]) {
    assert.equal((await app.request(`${url}${path}`)).status, 403);
  }
  const request = new Request(`${url}/invites`, {
    method: "POST",
    headers: { origin: url },
    body: new URLSearchParams(GOOD),
  });
  assert.equal((await app.request(request)).status, 403);
  assert.equal(invites.length, 0);
});

Deno.test("only known people are invited, and texts are limited in length", async () => {
  const { app, invites } = await open();
  await app.request(form({ ...GOOD, invitee: "@eve:evil.example" }));
  // Nobody mails people about themselves, and the page would wait.
  await app.request(form({ ...GOOD, name: "Bob" }));
  assert.equal(invites.length, 0);
  await app.request(form({ ...GOOD, name: "", room: "x".repeat(10_000) }));
  assert.equal(invites[0]?.room.length, 200);
  assert.equal(invites[0]?.inviter, "@somebody:example.org");
});

Deno.test("what a mail says is shown as text", async () => {
  const email = await PostalMime.parse(
    `Subject: ${HOSTILE}\r\nContent-Type: text/plain\r\n\r\n${HOSTILE}\r\n`,
  );
  const { app } = await open([{ recipient: HOSTILE, file: HOSTILE, email }]);
  const page = await (await app.request("http://127.0.0.1:8091/")).text();
  assert.doesNotMatch(page, /<script|<img/);
  assert.equal(page.split("&lt;script&gt;").length, 5);
});

Deno.test("a mail's HTML is in a sandboxed frame", async () => {
  const email = await PostalMime.parse(
    "Content-Type: text/html\r\n\r\n<p>Hello</p><script>alert(1)</script>\r\n",
  );
  const { app } = await open([{ recipient: "bob@corp.example", file: "/tmp/1.eml", email }]);
  const page = await (await app.request("http://127.0.0.1:8091/")).text();
  assert.match(page, /<iframe title="Email 1" sandbox src="\/mails\/1\/html">/);
  const frame = await app.request("http://127.0.0.1:8091/mails/1/html");
  const policy = frame.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'.*; sandbox$/);
  assert.match(await frame.text(), /<p>Hello<\/p>/);
  for (const number of ["0", "2", "x", "-1", "1.5"]) {
    const missing = await app.request(`http://127.0.0.1:8091/mails/${number}/html`);
    assert.equal(missing.status, 404, number);
  }
});
