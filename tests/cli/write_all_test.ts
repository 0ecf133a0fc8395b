import assert from "node:assert/strict";
import { writeAll, type Writer } from "../../src/cli/write_all.ts";

const clock = { sleep: () => Promise.resolve() };

/** Takes at most so many bytes at a time, after failing in the ways given. */
function writer(most: number, failures: Error[] = []): Writer & { readonly text: () => string } {
  const taken: number[] = [];
  return {
    write(bytes) {
      const failure = failures.shift();
      if (failure) return Promise.reject(failure);
      taken.push(...bytes.subarray(0, most));
      return Promise.resolve(Math.min(most, bytes.length));
    },
    text: () => new TextDecoder().decode(new Uint8Array(taken)),
  };
}

Deno.test("a text is written in whole, however little the writer takes at a time", async () => {
  const small = writer(3);
  const ends: boolean[] = [];
  await writeAll(small, "Grüße\n", clock, (isLineEnd) => ends.push(isLineEnd));
  assert.equal(small.text(), "Grüße\n");
  assert.deepEqual(ends, [false, false, true]);
});

Deno.test("a non-blocking pipe is tried again", async () => {
  const busy = writer(100, [new Deno.errors.WouldBlock(), new Deno.errors.WouldBlock()]);
  await writeAll(busy, "text\n", clock);
  assert.equal(busy.text(), "text\n");
});

Deno.test("whatever else goes wrong is an error", async () => {
  for (const error of [new Deno.errors.BrokenPipe(), new Error("No space left on device")]) {
    await assert.rejects(writeAll(writer(1, [error]), "text", clock), error);
  }
});
