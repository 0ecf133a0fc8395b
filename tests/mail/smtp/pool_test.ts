import assert from "node:assert/strict";
import { SmtpError } from "../../../src/mail/smtp/error.ts";
import { openSmtpPool } from "../../../src/mail/smtp/pool.ts";
import type { SmtpSession } from "../../../src/mail/smtp/session.ts";
import type { Pool } from "../../../src/net/pool.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";

const forever = new AbortController().signal;

function fakeSession() {
  let isUsable = true;
  const session: SmtpSession = {
    get isUsable() {
      return isUsable;
    },
    send: () => Promise.resolve("250 Ok"),
    close() {
      isUsable = false;
      return Promise.resolve();
    },
  };
  return session;
}

function counting(pool: Pool<SmtpSession>) {
  let opened = 0;
  return {
    get opened() {
      return opened;
    },
    run<Result>(work: (session: SmtpSession) => Promise<Result>, signal = forever) {
      return pool.run(
        () => {
          opened++;
          return Promise.resolve(fakeSession());
        },
        work,
        signal,
      );
    },
  };
}

Deno.test("sessions are given in the order of requests, and an aborted wait takes none", async () => {
  await using pool = openSmtpPool({ size: 1, clock: new FakeClock() });
  const { run } = counting(pool);
  const first = Promise.withResolvers<string>();
  const order: string[] = [];
  const stop = new AbortController();
  const pending = [
    run(() => first.promise),
    run(() => Promise.resolve(order.push("stopped")), stop.signal).catch((error) => error),
    run(() => Promise.resolve(order.push("third"))),
    run(() => Promise.resolve(order.push("fourth"))),
  ];
  stop.abort();
  const stopped = await pending[1];
  assert(stopped instanceof SmtpError);
  assert.equal(stopped.codes.networkCode, "EABORT");
  first.resolve("done");
  await Promise.all(pending);
  assert.deepEqual(order, ["third", "fourth"]);
});

Deno.test("an abort after the session was given takes no other one", async () => {
  await using pool = openSmtpPool({ size: 1, clock: new FakeClock() });
  const { run } = counting(pool);
  const first = Promise.withResolvers<void>();
  const stop = new AbortController();
  const order: string[] = [];
  function second(): Promise<void> {
    order.push("second");
    stop.abort();
    return Promise.resolve();
  }
  const pending = [
    run(() => first.promise),
    run(second, stop.signal),
    run(() => Promise.resolve(void order.push("third"))),
  ];
  first.resolve();
  await Promise.all(pending);
  assert.deepEqual(order, ["second", "third"]);
});

Deno.test("a session sends a hundred emails, then another one is opened", async () => {
  await using pool = openSmtpPool({ size: 1, clock: new FakeClock() });
  const counter = counting(pool);
  for (let mail = 0; mail < 100; mail++) await counter.run(() => Promise.resolve());
  assert.equal(counter.opened, 1);
  await counter.run(() => Promise.resolve());
  assert.equal(counter.opened, 2);
});

Deno.test("a failed session is not used again and does not count against the limit", async () => {
  await using pool = openSmtpPool({ size: 1, clock: new FakeClock() });
  const counter = counting(pool);
  const failing = counter.run(async (session) => {
    await session.close();
    throw new Error("defect");
  });
  await assert.rejects(failing, /defect/);
  assert.equal(await counter.run((session) => session.send(undefined as never, forever)), "250 Ok");
  assert.equal(counter.opened, 2);
});
