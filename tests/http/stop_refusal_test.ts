import assert from "node:assert/strict";
import { stopTokens } from "../../src/notify/stop_token.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { StopSite } from "../fakes/http/stop_site.ts";
import { HS_TOKEN } from "../fakes/notify/service.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

Deno.test("no response can be cached, framed, indexed, or run a script", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  const responses = [
    await site.app.request(path),
    await site.app.request(path, { method: "HEAD" }),
    await site.app.request("/stop/none"),
    await site.post(path, { stop: "all" }),
    await site.post(path, { stop: "nothing" }),
    await site.post(path, { "List-Unsubscribe": "One-Click" }),
    await site.app.request(path, { method: "DELETE" }),
  ];
  for (const { headers, body } of responses) {
    const html = body ? await new Response(body).text() : "";
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-robots-tag"), "noindex, nofollow");
    assert.equal(headers.get("set-cookie"), null);
    const policy = headers.get("content-security-policy") ?? "";
    const [, nonce] = /style-src 'nonce-([^']{20,})'; /.exec(policy) ?? [];
    if (html.startsWith("<")) assert.ok(nonce && html.includes(`<style nonce="${nonce}">`));
    assert.equal(
      policy.replace(/style-src [^;]*; /, ""),
      "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    assert.doesNotMatch(html, /<script|javascript:|<link|<img|bob@|mail\.example/i);
  }
  const pages = responses.filter(({ headers }) => headers.get("content-type")?.includes("html"));
  const nonces = pages.map(({ headers }) => headers.get("content-security-policy"));
  assert.equal(pages.length, 5);
  assert.equal(new Set(nonces).size, pages.length);
});

Deno.test("a broken, forged or foreign link gets a page in the browser's language", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  const token = path.slice("/stop/".length);
  const read = site.tokens.read(token);
  assert.ok(read);
  const foreign = stopTokens("another service's secret").write(read);
  const paths = [
    ...["/stop/", "/stop/x", `/stop/${"A".repeat(90)}`, `/stop/${"A".repeat(10_000)}`],
    ...[`/stop/${foreign}`, `${path}A`, `${path}/`, `${path}/x`, `/stop/x${token}`, "/stop/%00%ff"],
  ];
  const bodies = new Set<string>();
  for (const wrong of paths) {
    for (const method of ["GET", "POST"]) {
      const headers = { "accept-language": "fr;q=0.5, de-AT, en;q=0.9" };
      const body = method === "POST" ? "stop=all" : null;
      const response = await site.app.request(wrong, { method, headers, body });
      assert.equal(response.status, 404, wrong);
      const html = await response.text();
      assert.match(html, /<html lang="de"/);
      bodies.add(html.replace(/nonce="[^"]*"/, ""));
    }
  }
  assert.equal(bodies.size, 1, "all look the same");
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("an unknown language gets a page in English", async () => {
  await using site = new StopSite();
  for (const language of ["", "*", "tlh", "de;q=0", ",;q=x,", "x".repeat(10_000)]) {
    const headers = { "accept-language": language };
    const html = await (await site.app.request("/stop/x", { headers })).text();
    assert.match(html, /<html lang="en"/, language);
  }
});

Deno.test("invalid links are logged once a minute, without the link", async () => {
  await using site = new StopSite();
  await using logs = await collectLogs();
  for (let request = 0; request < 5; request++) await site.app.request("/stop/secret-looking");
  await site.clock.advance(60_000);
  await site.app.request("/stop/secret-looking");
  const warned = logs.records.filter(({ level }) => level === "warning");
  assert.deepEqual(warned.map(({ properties }) => properties.count), [1, 5]);
  assert.doesNotMatch(JSON.stringify(logs.records), /secret-looking/);
});

Deno.test("neither token nor address is logged when somebody stops mails", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  await using logs = await collectLogs();
  await site.post(path, { stop: "room" });
  await site.post(path, { undo: "room" });
  const said = logs.records.filter(({ level }) => level !== "debug");
  assert.deepEqual(said.map(({ message }) => message.join("")), [
    "mails stopped",
    "suppression undone",
  ]);
  assert.doesNotMatch(JSON.stringify(logs.records), /bob|plans|alice/i);
  assert.ok(!JSON.stringify(logs.records).includes(path.slice(6, 40)));
});

Deno.test("other methods are refused, and the allowed ones are named", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const response = await site.app.request(path, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, HEAD, POST");
    await response.body?.cancel();
  }
});

Deno.test("a database that is unavailable gets a page and a status that say so", async () => {
  await using site = new StopSite();
  const path = await site.linkOf(undefined, "de");
  await site.outbox[Symbol.asyncDispose]();
  for (const response of [await site.app.request(path), await site.post(path, { stop: "all" })]) {
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "60");
    assert.match(await response.text(), /<html lang="de"[^]*Es wurde nichts geändert/);
  }
  await assert.rejects(() => site.stopped(), OutboxError);
});

Deno.test("the pages need no token of the homeserver, and everything else does", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  assert.equal((await site.app.request(path)).status, 200);
  const protectedPaths = [
    ["PUT", "/_matrix/app/v1/transactions/1"],
    ["PUT", "/transactions/1"],
    ["GET", "/_matrix/app/v1/users/x"],
    ["GET", "/_matrix/app/v1/rooms/x"],
    ["POST", "/_matrix/app/v1/ping"],
    ["GET", "/thirdparty/user"],
  ] as const;
  for (const [method, target] of protectedPaths) {
    for (const headers of [{}, { authorization: `Bearer ${path.slice(6)}` }]) {
      const { status } = await site.app.request(target, { method, headers });
      assert.ok(status === 401 || status === 403, `${method} ${target}: ${status}`);
    }
  }
  // The homeserver's token does not open the page.
  const headers = { authorization: `Bearer ${HS_TOKEN}` };
  assert.equal((await site.app.request("/stop/x", { headers })).status, 404);
  assert.equal((await site.app.request("/")).status, 404);
  assert.equal((await site.app.request("/stopping")).status, 404);
});

Deno.test("a path that a proxy may resolve to the page's is unknown", async () => {
  await using site = new StopSite();
  const paths = [
    ...["/users/..%2fstop/x", "/_matrix/app/v1/rooms/x/..%2f..%2F%2e%2E/stop/x"],
    ...["/users/x%5c..%5c..%5cstop/x", "/thirdparty/user/.%2e%2f..%2fstop/x"],
    ...["/stop/..%2fusers/x", "/stop/x/%2e.%5cusers/x", "/users/x/..%2F"],
  ];
  for (const path of paths) {
    for (const token of [HS_TOKEN, "wrong"]) {
      const headers = { authorization: `Bearer ${token}` };
      const response = await site.app.request(path, { headers });
      assert.deepEqual([response.status, (await response.json()).errcode], [
        404,
        "M_UNRECOGNIZED",
      ], path);
    }
  }
  // Dots in a name are not dot segments.
  const headers = { authorization: `Bearer ${HS_TOKEN}` };
  for (const name of ["@a..b:x", "..%20", "...", "..x%2f", "%2fx.."]) {
    const response = await site.app.request(`/users/${name}`, { headers });
    assert.equal((await response.json()).errcode, "M_NOT_FOUND", name);
  }
});

Deno.test("without a public URL there are no pages", async () => {
  await using site = new StopSite({ published: false });
  const path = await site.linkOf();
  for (const response of [await site.app.request(path), await site.post(path, { stop: "all" })]) {
    assert.equal(response.status, 404);
    assert.equal((await response.json()).errcode, "M_UNRECOGNIZED");
  }
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("a page that cannot be rendered has stopped what it should all the same", async () => {
  await using site = new StopSite({
    renderer: { render: () => Promise.reject(new Error("broken template")) },
  });
  const path = await site.linkOf();
  await using _logs = await collectLogs();
  assert.equal((await site.post(path, { "List-Unsubscribe": "One-Click" })).status, 500);
  assert.deepEqual(await site.stopped(), ["all"]);
});
