import assert from "node:assert/strict";
import { createMonitoringApp } from "../../src/http/monitoring.ts";

/** The application of a service with these obstacles. */
function application(
  { transactions = [], delivery = [] }: {
    readonly transactions?: readonly string[];
    readonly delivery?: readonly string[];
  } = {},
) {
  return createMonitoringApp({
    takesTransactions: () => Promise.resolve(transactions),
    delivers: () => Promise.resolve(delivery),
    figures: () => Promise.resolve("figure 1\n"),
  });
}

const RESPONSES = [
  ["/healthz", {}, 200, { status: "ok" }],
  ["/healthz", { transactions: ["stops"], delivery: ["stops"] }, 200, { status: "ok" }],
  ["/readyz", {}, 200, { status: "ready" }],
  ["/readyz", { delivery: ["outage"] }, 200, { status: "ready" }],
  ["/readyz", { transactions: ["stops"] }, 503, { status: "not ready", reasons: ["stops"] }],
  ["/readyz/delivery", {}, 200, { status: "ready" }],
  ["/readyz/delivery", { delivery: ["a", "b"] }, 503, { status: "not ready", reasons: ["a", "b"] }],
  ["/", {}, 404, { status: "unknown path" }],
  ["/health", {}, 404, { status: "unknown path" }],
  ["/_matrix/app/v1/transactions/1", {}, 404, { status: "unknown path" }],
] as const;

for (const [path, obstacles, status, body] of RESPONSES) {
  Deno.test(`${path} responds ${status} with obstacles ${JSON.stringify(obstacles)}`, async () => {
    const response = await application(obstacles).request(path);
    assert.deepEqual([response.status, await response.json()], [status, body]);
    assert.equal(response.headers.get("cache-control"), "no-store");
  });
}

Deno.test("/metrics has the figures with the type of their format", async () => {
  const response = await application().request("/metrics");
  assert.equal(await response.text(), "figure 1\n");
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
});

for (const method of ["POST", "PUT", "DELETE"]) {
  Deno.test(`${method} is not allowed, and its body is not kept`, async () => {
    const response = await application().request("/metrics", { method, body: "x".repeat(1000) });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  });
}

Deno.test("an error is told without its message", async () => {
  const app = createMonitoringApp({
    takesTransactions: () => Promise.reject(new Error("a secret path")),
    delivers: () => Promise.resolve([]),
    figures: () => Promise.resolve(""),
  });
  const response = await app.request("/readyz");
  assert.deepEqual([response.status, await response.text()], [500, '{"status":"failed"}']);
});
