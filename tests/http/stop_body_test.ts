import assert from "node:assert/strict";
import { StopSite } from "../fakes/http/stop_site.ts";
import { idle } from "../fakes/system/fake_clock.ts";

/** A body of which that much comes, and then nothing more. */
function stuck(text: string) {
  const state = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    cancel() {
      state.cancelled = true;
    },
  });
  return { body, state };
}

for (const headers of [{}, { "content-length": "20" }] as const) {
  const size = "content-length" in headers ? "declares its size" : "does not declare its size";
  Deno.test(`a form that ${size} and never ends times out after ten seconds`, async () => {
    await using site = new StopSite();
    const path = await site.linkOf();
    // What has come so far would be a whole form.
    const { body, state } = stuck("stop=all");
    const responded = site.app.request(path, { method: "POST", headers, body });
    await site.clock.advance(9999);
    assert.equal(state.cancelled, false);
    await site.clock.advance(1);
    const response = await responded;
    assert.equal(response.status, 408);
    assert.match(await response.text(), /<html lang="en"/);
    assert.equal(state.cancelled, true);
    assert.deepEqual(await site.stopped(), []);
  });
}

Deno.test("a form that is too large is read no further", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  const { body, state } = stuck("stop=all&".padEnd(5000, "x"));
  const response = await site.app.request(path, { method: "POST", body });
  assert.equal(response.status, 413);
  assert.match(await response.text(), /<html lang="en"/);
  assert.equal(state.cancelled, true);
  assert.deepEqual(await site.stopped(), []);
});

Deno.test("no timer remains when the form is complete", async () => {
  await using site = new StopSite();
  const path = await site.linkOf();
  const response = await site.post(path, { stop: "all" });
  assert.equal(response.status, 303);
  await idle();
  assert.deepEqual(site.clock.pending(), []);
});
