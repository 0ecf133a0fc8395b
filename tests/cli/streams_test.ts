import assert from "node:assert/strict";
import { writeLines, type Writer } from "../../src/cli/streams.ts";

/** Takes at most so many bytes at a time, after failing in the ways given. */
function writer(most: number, failures: Error[] = []): Writer & { readonly text: () => string } {
  const taken: number[] = [];
  return {
    writeSync(bytes) {
      const failure = failures.shift();
      if (failure) throw failure;
      taken.push(...bytes.subarray(0, most));
      return Math.min(most, bytes.length);
    },
    text: () => new TextDecoder().decode(new Uint8Array(taken)),
  };
}

Deno.test("a text is written in whole, with one line break at its end", () => {
  for (const text of ["Grüße", "Grüße\n"]) {
    const small = writer(3);
    assert.equal(writeLines(small, text), true);
    assert.equal(small.text(), "Grüße\n");
  }
});

Deno.test("a non-blocking pipe is tried again", () => {
  const busy = writer(100, [new Deno.errors.WouldBlock(), new Deno.errors.WouldBlock()]);
  assert.equal(writeLines(busy, "text"), true);
  assert.equal(busy.text(), "text\n");
});

Deno.test("a reader that has closed the pipe is not an error", () => {
  assert.equal(writeLines(writer(1, [new Deno.errors.BrokenPipe()]), "text"), false);
});

Deno.test("whatever else goes wrong is an error", () => {
  assert.throws(
    () => writeLines(writer(1, [new Error("No space left on device")]), "text"),
    /space/,
  );
});
