import assert from "node:assert/strict";
import { checkStore, queryStores } from "../../src/identity/query_stores.ts";
import { userOf } from "../contracts/identity_store.ts";
import { empty, fails, knows, scriptedStore, silent } from "../fakes/identity/scripted_store.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const BOB = userOf("bob");

Deno.test("each store has its own outcome, with the time that it took", async () => {
  const clock = new ManualClock();
  const slow = scriptedStore("slow", async () => {
    await clock.sleep(300);
    return undefined;
  });
  const query = queryStores(
    [knows("rest", "b@example.org"), slow, silent, fails("ldap", "misconfigured")],
    BOB,
    { clock, deadline: 1000 },
  );
  for (const step of [300, 700]) {
    clock.advance(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const results = await query;
  assert.deepEqual(
    results.map(({ store, milliseconds, outcome }) => [store, milliseconds, outcome.kind]),
    [["rest", 300, "found"], ["slow", 300, "unknown"], ["silent", 1000, "failed"], [
      "ldap",
      300,
      "failed",
    ]],
  );
});

Deno.test("a store's check has a deadline, and fails with an error of the store", async () => {
  const clock = new ManualClock();
  const check = (answer: () => Promise<void>) =>
    checkStore({ ...empty, check: answer }, { clock, deadline: 1000 });
  assert.deepEqual(await check(() => Promise.resolve()), { milliseconds: 0 });
  const stuck = check(() => new Promise(() => {}));
  clock.advance(1000);
  const { milliseconds, error } = await stuck;
  assert.deepEqual([milliseconds, error?.message], [1000, "empty: no answer within 1s"]);
  const broken = await check(() => Promise.reject(new TypeError("b@example.org is odd")));
  assert.equal(broken.error?.message, "empty: an unexpected error");
  assert.equal(clock.sleepers, 0);
});
