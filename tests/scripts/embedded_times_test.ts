import assert from "node:assert/strict";
import { setEmbeddedTimes } from "../../scripts/embedded_times.ts";

const TIME = new Date("2027-01-31T00:00:00Z");

Deno.test("the times of all files in an executable become the same, and nothing else changes", () => {
  const entry = (time: string) =>
    `{"File":{"n":"main.ts","o":[1,2],"u":true,"t":${time}}},{"Dir":{"n":"a","e":[]}}`;
  const executable = new TextEncoder().encode(
    `\0ELF {"t":1795807484243} ${entry("1795807484243")}${entry("1795875395426")} ,"t":12}}`,
  );
  assert.equal(setEmbeddedTimes(executable, TIME), 2);
  const same = entry(`${TIME.getTime()}`);
  assert.equal(
    new TextDecoder().decode(executable),
    `\0ELF {"t":1795807484243} ${same}${same} ,"t":12}}`,
  );
});

Deno.test("a part of a larger buffer is changed in its place", () => {
  const buffer = new TextEncoder().encode('xx],"t":1795807484243}}');
  assert.equal(setEmbeddedTimes(buffer.subarray(2), TIME), 1);
  assert.equal(new TextDecoder().decode(buffer), `xx],"t":${TIME.getTime()}}}`);
});

Deno.test("a time that needs more digits or fewer is refused", () => {
  assert.throws(() => setEmbeddedTimes(new Uint8Array(), new Date(0)), RangeError);
});
