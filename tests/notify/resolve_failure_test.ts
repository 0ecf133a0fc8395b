import assert from "node:assert/strict";
import { StoreError } from "../../src/identity/port.ts";
import { DAY, SECOND } from "../../src/settings/duration.ts";
import { resolve } from "../fakes/notify/resolving.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";

const FAILURES: readonly [
  name: string,
  error: Error,
  reason: string,
  level: "warning" | "error",
][] = [
  ["is down", new StoreError("ldap", "temporary", "refused"), "ldap: refused", "warning"],
  [
    "refuses us",
    new StoreError("ldap", "misconfigured", "bad password"),
    "ldap: bad password",
    "error",
  ],
  ["has a defect", new TypeError("x is not a function"), "the lookup failed", "error"],
];
for (const [name, outage, reason, level] of FAILURES) {
  Deno.test(`a store that ${name} defers the invitation, and that is logged as ${level}`, async () => {
    const { outcome, now, logs } = await resolve({ outage });
    const shared = outage instanceof StoreError || undefined;
    assert.deepEqual(outcome, {
      kind: "deferred",
      reason,
      until: now + 10 * SECOND,
      outage: shared,
    });
    assert.equal(logs.at(level).length, 1);
    assert.equal(logs.at(level)[0]?.[1].reason, reason);
  });
}

Deno.test("an invitation fails after five days of failures and no sooner", async () => {
  const now = new FakeClock().now();
  const outage = new StoreError("ldap", "temporary", "down");
  const before = await resolve({
    outage,
    invitation: { attempts: 120, deferredSince: now - 5 * DAY + 1 },
  });
  assert.equal(before.outcome.kind, "deferred");
  const { outcome, logs } = await resolve({
    outage,
    invitation: { attempts: 120, deferredSince: now - 5 * DAY },
  });
  assert.deepEqual(outcome, { kind: "failed", reason: "ldap: down" });
  assert.deepEqual(logs.at("error").map(([text]) => text), ["invite failed"]);
});

Deno.test("an invitation that failed once before the service was down for a week is retried", async () => {
  const { outcome } = await resolve({
    outage: new StoreError("ldap", "temporary", "down"),
    invitation: { attempts: 1, deferredSince: new FakeClock().now() - 7 * DAY },
  });
  assert.equal(outcome.kind, "deferred");
});

Deno.test("an invitation that waited long is still resolved when the store is back", async () => {
  const { outcome } = await resolve({
    invitation: { attempts: 120, deferredSince: new FakeClock().now() - 6 * DAY },
  });
  assert.equal(outcome.kind, "resolved");
});
