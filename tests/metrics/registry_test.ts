import assert from "node:assert/strict";
import { Registry } from "../../src/metrics/registry.ts";
import { seriesIn } from "./exposition.ts";

Deno.test("figures with known labels are 0 from the start", () => {
  const series = seriesIn(new Registry().exposition());
  assert.equal(series.get('appservice_mxisd_transactions_total{result="failed"}'), 0);
  assert.equal(series.get("appservice_mxisd_transaction_seconds_count"), 0);
  assert.equal(series.get('appservice_mxisd_transaction_seconds_bucket{le="+Inf"}'), 0);
  assert.ok(![...series.keys()].some((name) => name.includes("lookup_seconds")));
});

Deno.test("counters add up, and gauges are replaced", () => {
  const registry = new Registry();
  registry.count("mails_total", { outcome: "sent" });
  registry.count("mails_total", { outcome: "sent" }, 2);
  registry.set("mails", { state: "queued" }, 5);
  registry.set("mails", { state: "queued" }, 4);
  const series = seriesIn(registry.exposition());
  assert.equal(series.get('appservice_mxisd_mails_total{outcome="sent"}'), 3);
  assert.equal(series.get('appservice_mxisd_mails{state="queued"}'), 4);
});

Deno.test("a bucket counts what is at most its bound, and those below it", () => {
  const registry = new Registry();
  for (const seconds of [0.001, 0.0011, 3, 11]) {
    registry.observe("transaction_seconds", {}, seconds);
  }
  const series = seriesIn(registry.exposition());
  const name = "appservice_mxisd_transaction_seconds";
  const bounds = ["0.001", "0.0025", "2.5", "10", "+Inf"];
  assert.deepEqual(
    bounds.map((bound) => series.get(`${name}_bucket{le="${bound}"}`)),
    [1, 2, 2, 3, 4],
  );
  assert.equal(series.get(`${name}_count`), 4);
  assert.ok(Math.abs((series.get(`${name}_sum`) ?? 0) - 14.0021) < 1e-9);
});

Deno.test("label values are escaped", () => {
  const registry = new Registry();
  const store = 'l"d\\a\np';
  registry.observe("lookup_seconds", { store, result: "found" }, 1);
  const text = registry.exposition();
  assert.ok(text.includes('lookup_seconds_sum{store="l\\"d\\\\a\\np",result="found"} 1\n'));
  assert.ok(text.endsWith("\n"));
});

Deno.test("combinations beyond the limit are counted together", () => {
  const registry = new Registry();
  for (let reason = 0; reason < 500; reason++) {
    registry.count("invitations_total", { outcome: "skipped", reason: `reason ${reason}` });
  }
  const series = seriesIn(registry.exposition());
  const own = [...series].filter(([name]) => name.includes("invitations_total"));
  assert.equal(own.length, 201);
  assert.equal(
    series.get('appservice_mxisd_invitations_total{outcome="skipped",reason="other"}'),
    300,
  );
});
