import assert from "node:assert/strict";
import {
  bounceOfEvent,
  severityOf,
  STATUS_RULES,
  worstBounce,
} from "../../../src/notify/bounces/bounce_severity.ts";
import { WEIGHTS } from "../../../src/outbox/bounce_score.ts";
import { replaceTable } from "../../mail/markdown_table.ts";

const STATUS: Readonly<Record<string, string>> = {
  "5.1.1": "hard",
  "5.1.2": "hard",
  "5.1.10": "hard",
  "5.1.7": "none",
  "5.1.8": "none",
  "5.2.1": "soft",
  "5.2.2": "soft",
  "5.0.0": "soft",
  "5.4.4": "soft",
  "5.3.4": "none",
  "5.3.0": "soft",
  "5.6.1": "none",
  "5.7.1": "none",
  "5.7.26": "none",
  "4.4.1": "soft",
  "4.7.0": "soft",
};
for (const [status, severity] of Object.entries(STATUS)) {
  Deno.test(`a failure with ${status} is ${severity}`, () => {
    assert.equal(severityOf(status), severity);
  });
}

Deno.test("docs/bounces.md has the table of statuses as the code has it", async () => {
  const rows = STATUS_RULES.map(({ status, severity, meaning }) => [
    ...[status, String(WEIGHTS[severity]), meaning],
  ]);
  await replaceTable("statuses", ["status", "counts", "taken for"], rows, "bounces.md");
});

Deno.test("a failure without a status is soft", () => assert.equal(severityOf(undefined), "soft"));

Deno.test("of several recipients the most severe failure counts", () => {
  const recipients = [
    { failed: false, status: "5.1.1", text: "delayed" },
    { failed: true, status: "5.7.1", text: "spam" },
    { failed: true, status: "5.1.1", text: "unknown" },
    { failed: true, status: "4.4.1", text: "down" },
  ];
  assert.deepEqual(worstBounce(recipients), { severity: "hard", status: "5.1.1", text: "unknown" });
  assert.equal(worstBounce(recipients.slice(0, 1)), undefined);
  assert.equal(worstBounce([]), undefined);
});

Deno.test("what a receiver blocks is not the address's fault", () => {
  const event = { token: "a", status: "5.1.1", text: "x" };
  const severity = (kind: "failed" | "blocked" | "complaint") =>
    bounceOfEvent({ ...event, kind }).severity;
  assert.deepEqual([severity("failed"), severity("blocked"), severity("complaint")], [
    ...["hard", "soft", "complaint"],
  ]);
});
