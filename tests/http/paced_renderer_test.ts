import assert from "node:assert/strict";
import { paceRenderer } from "../../src/http/paced_renderer.ts";
import { messagePage } from "../../src/http/stop_page_model.ts";

Deno.test("pages are rendered in their order, and others get their turn every ten milliseconds", async () => {
  let now = 0;
  const order: string[] = [];
  const renderer = paceRenderer({
    async render(model) {
      await Promise.resolve();
      now += 4;
      order.push(model.page.nonce);
      if (model.page.nonce === "2") throw new Error("broken template");
      return model.page.nonce;
    },
  }, { monotonic: () => now });
  let ended = false;
  const others = (async () => {
    while (!ended) {
      await new Promise((resolve) => setTimeout(resolve));
      order.push("other");
    }
  })();
  const numbers = Array.from({ length: 12 }, (_, number) => `${number}`);
  const pages = await Promise.allSettled(
    numbers.map((nonce) => renderer.render(messagePage("unknown", ["en"], nonce))),
  );
  ended = true;
  await others;
  assert.deepEqual(
    pages.map((page) => page.status === "fulfilled" ? page.value : undefined),
    numbers.with(2, "").map((number) => number || undefined),
  );
  const runs = order.join(" ").split("other").map((run) => run.trim().split(" "));
  assert.deepEqual(runs.flat().filter((entry) => entry !== ""), numbers);
  for (const run of runs) assert.ok(run.length <= 3, run.join());
});
