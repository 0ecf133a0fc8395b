import assert from "node:assert/strict";
import { openSemaphore } from "../../src/net/semaphore.ts";

const never = new AbortController().signal;

Deno.test("permits are handed out in the order in which they were asked for", async () => {
  const semaphore = openSemaphore(2);
  const order: number[] = [];
  const work = [0, 1, 2, 3, 4].map(async (n) => {
    assert.equal(await semaphore.acquire(never), true);
    order.push(n);
    await Promise.resolve();
    semaphore.release();
  });
  await Promise.all(work);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
});

Deno.test("aborting the wait for a permit takes nobody else's", async () => {
  const semaphore = openSemaphore(1);
  await semaphore.acquire(never);
  const controller = new AbortController();
  const aborted = semaphore.acquire(controller.signal);
  const next = semaphore.acquire(never);
  controller.abort();
  assert.equal(await aborted, false);
  assert.equal(await semaphore.acquire(controller.signal), false);
  semaphore.release();
  assert.equal(await next, true);
});

Deno.test("a permit that was granted before the abort is held", async () => {
  const semaphore = openSemaphore(1);
  await semaphore.acquire(never);
  const controller = new AbortController();
  const granted = semaphore.acquire(controller.signal);
  semaphore.release();
  controller.abort();
  assert.equal(await granted, true);
  semaphore.release();
  assert.equal(await semaphore.acquire(never), true);
});
