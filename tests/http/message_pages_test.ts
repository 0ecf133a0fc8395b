import assert from "node:assert/strict";
import { openMessagePages } from "../../src/http/message_pages.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";

function counting() {
  const clock = new FakeClock();
  const state = { rendered: 0, fails: false };
  const pages = openMessagePages({
    render({ page: { kind, languages, nonce } }) {
      state.rendered++;
      if (state.fails) return Promise.reject(new Error("broken template"));
      return Promise.resolve(`${kind} ${languages.join()} ${nonce} ${nonce}`);
    },
  }, clock);
  return { clock, state, pages };
}

Deno.test("a page is rendered once a minute for its languages, and each response has its own nonce", async () => {
  const { clock, state, pages } = counting();
  assert.equal(await pages("unknown", ["de"], "one$&"), "unknown de one$& one$&");
  assert.equal(await pages("unknown", ["de"], "two"), "unknown de two two");
  assert.equal(state.rendered, 1);
  assert.equal(await pages("failed", ["de"], "x"), "failed de x x");
  assert.equal(await pages("unknown", ["de", "en"], "x"), "unknown de,en x x");
  assert.equal(state.rendered, 3);
  await clock.advance(60_000);
  await pages("unknown", ["de"], "x");
  assert.equal(state.rendered, 4);
});

Deno.test("as many lists of languages as clients think of are not kept", async () => {
  const { state, pages } = counting();
  for (let number = 0; number <= 100; number++) await pages("unknown", [`${number}`], "x");
  await pages("unknown", ["100"], "x");
  assert.equal(state.rendered, 101);
  await pages("unknown", ["0"], "x");
  assert.equal(state.rendered, 102);
});

Deno.test("a page that could not be rendered is tried again", async () => {
  const { state, pages } = counting();
  state.fails = true;
  await assert.rejects(() => pages("unknown", ["de"], "x"), /broken template/);
  state.fails = false;
  assert.equal(await pages("unknown", ["de"], "x"), "unknown de x x");
});
