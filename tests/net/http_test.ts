import assert from "node:assert/strict";
import { fetchErrorReason, jsonOf, readResponseText } from "../../src/net/http.ts";

function response(...chunks: readonly string[]) {
  let cancelled = false;
  const bytes = chunks.map((chunk) => Uint8Array.from(chunk, (octet) => octet.charCodeAt(0)));
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = bytes.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { response: new Response(body), wasCancelled: () => cancelled };
}

Deno.test("a body up to the limit is complete, with characters in two chunks", async () => {
  const { response: whole } = response("a\xC3", "\xBCb");
  assert.deepEqual(await readResponseText(whole, 4), { text: "aüb", complete: true });
  assert.deepEqual(await readResponseText(new Response(null), 4), { text: "", complete: true });
});

Deno.test("of a body beyond the limit the beginning is read, and the rest cancelled", async () => {
  const { response: long, wasCancelled } = response("abc", "def", "ghi");
  assert.deepEqual(await readResponseText(long, 5), { text: "abcde", complete: false });
  assert.ok(wasCancelled());
});

Deno.test("text that is not JSON has no value", () => {
  assert.deepEqual(jsonOf('{"a":[1]}'), { a: [1] });
  for (const text of ["", "<html>", '{"a":']) assert.equal(jsonOf(text), undefined);
});

Deno.test("the reason of a failed fetch is the cause's, where there is one", () => {
  const cause = new Error("connection refused");
  assert.equal(fetchErrorReason(new TypeError("fetch failed", { cause })), "connection refused");
  assert.equal(fetchErrorReason(new TypeError("connection refused")), "connection refused");
  assert.equal(fetchErrorReason("odd"), "odd");
});
