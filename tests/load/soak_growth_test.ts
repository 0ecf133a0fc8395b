import assert from "node:assert/strict";
import { excessOfSoak, type SoakSample } from "./soak_growth.ts";

const base: SoakSample = { invites: 0, memoryMiB: 120, descriptors: 20, databaseKiB: 400 };

function samples(change: (third: number, n: number) => Partial<SoakSample>): readonly SoakSample[] {
  return Array.from({ length: 90 }, (_, n) => ({
    ...base,
    invites: n * 10,
    ...change(Math.floor(n / 30), n),
  }));
}

Deno.test("a service that fills its caches first, and varies, does not grow", () => {
  const found = excessOfSoak(samples((third, n) => ({
    memoryMiB: third === 0 ? n : 100 + n % 9,
    descriptors: 20 + n % 3,
    databaseKiB: third === 0 ? 10 : 900 + n * 2,
  })));
  assert.deepEqual(found, []);
});

for (
  const [name, change] of [
    ["memory", (n: number) => ({ memoryMiB: 100 + n })],
    ["open files", (n: number) => ({ descriptors: 20 + n })],
    ["database", (n: number) => ({ databaseKiB: 400 + 30 * n })],
  ] as const
) {
  Deno.test(`what goes on growing is named: ${name}`, () => {
    const found = excessOfSoak(samples((_third, n) => change(n)));
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", new RegExp(`^${name}: (30|900) `));
  });
}
