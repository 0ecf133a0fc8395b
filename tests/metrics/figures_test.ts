import assert from "node:assert/strict";
import { type Figure, FIGURES } from "../../src/metrics/figures.ts";
import { replaceTable } from "../mail/markdown_table.ts";

const figures: readonly (readonly [string, Figure])[] = Object.entries(FIGURES);

function labelText([name, values]: readonly [string, readonly string[] | null]): string {
  return values === null
    ? `\`${name}\``
    : `\`${name}\`: ${values.map((value) => `\`${value}\``).join(", ")}`;
}

Deno.test("docs/metrics.md has the table of all figures", async () => {
  const rows = figures.map(([name, { kind, help, labels }]) => [
    `\`appservice_mxisd_${name}\``,
    kind,
    Object.entries(labels).map(labelText).join("; "),
    help,
  ]);
  await replaceTable("figures", ["figure", "kind", "labels", "meaning"], rows, "metrics.md");
});

for (const [name, { kind, buckets, labels }] of figures) {
  Deno.test(`${name} is named as its kind asks, and has few label values`, () => {
    assert.match(name, /^[a-z][a-z_]*[a-z]$/);
    assert.equal(name.endsWith("_total"), kind === "counter");
    assert.equal(buckets !== undefined, kind === "histogram");
    if (kind === "histogram") assert.ok(name.endsWith("_seconds"));
    assert.deepEqual(buckets?.toSorted((one, other) => one - other), buckets);
    for (const [label, values] of Object.entries(labels)) {
      assert.match(label, /^[a-z]+$/);
      assert.doesNotMatch(label, /user|room|address|mail|invit|id$|server/);
      assert.ok((values ?? []).length < 10);
    }
  });
}
