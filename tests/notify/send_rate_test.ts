import assert from "node:assert/strict";
import type { ClaimedMail } from "../../src/outbox/port.ts";
import { limitClaims, type MailClaims } from "../../src/notify/send_rate.ts";
import { HOUR, type Limit, MINUTE } from "../../src/settings/duration.ts";
import { claimedMail } from "../fakes/notify/claimed_mail.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

/** An outbox with so many mails that are due, in their order. */
class Due implements MailClaims {
  readonly strangers: (number | undefined)[] = [];
  readonly waiting: ClaimedMail[];

  constructor(count: number, readonly due: number) {
    this.waiting = Array.from({ length: count }, (_mail, at) => claimedMail({ id: at + 1 }));
  }

  claimMails({ count, strangers }: { count: number; strangers?: number | undefined }) {
    this.strangers.push(strangers);
    return Promise.resolve(this.waiting.splice(0, count));
  }

  nextDue(): Promise<number | undefined> {
    return Promise.resolve(this.waiting.length > 0 ? this.due : undefined);
  }

  onWork(): () => void {
    return () => {};
  }
}

/** Claims like a worker until nothing is left; returns when each mail was claimed. */
async function claimAll(outbox: MailClaims, clock: ManualClock): Promise<Map<number, number>> {
  const claimed = new Map<number, number>();
  while (true) {
    for (const { id } of await outbox.claimMails({ count: 3, perAddress: null })) {
      claimed.set(id, clock.now());
    }
    const due = await outbox.nextDue("mails");
    if (due === undefined) return claimed;
    clock.advance(Math.max(1, due - clock.now()));
  }
}

const LIMITS: readonly Limit[] = [
  { count: 1, per: MINUTE },
  { count: 7, per: MINUTE },
  { count: 30, per: MINUTE },
  { count: 500, per: HOUR },
];
for (const limit of LIMITS) {
  const { count, per } = limit;
  Deno.test(`with ${count} in ${per} ms, no such span sees more, all are sent in order, and none late`, async () => {
    const clock = new ManualClock();
    const outbox = new Due(3 * count, clock.now());
    const start = clock.now();
    const claimed = await claimAll(limitClaims(outbox, limit, clock), clock);
    const times = [...claimed.values()];
    assert.deepEqual([...claimed.keys()], Array.from({ length: 3 * count }, (_id, at) => at + 1));
    for (const [at, time] of times.entries()) {
      const later = times[at + count];
      assert(later === undefined || later - time >= per - 1, `${at}: ${later} - ${time}`);
    }
    // A tenth may be sent at once, and the others take that much longer.
    const took = (times.at(-1) ?? 0) - start;
    assert(took <= 3 * per * 1.12 + per / count, `${took}`);
  });
}

Deno.test("after a pause a tenth of the limit is sent at once", async () => {
  const clock = new ManualClock();
  const outbox = new Due(100, clock.now());
  const limited = limitClaims(outbox, { count: 30, per: MINUTE }, clock);
  const claim = async () => (await limited.claimMails({ count: 10, perAddress: null })).length;
  assert.deepEqual([await claim(), await claim()], [1, 0]);
  clock.advance(HOUR);
  assert.deepEqual([await claim(), await claim()], [3, 0]);
});

Deno.test("nothing is claimed before its time, and the next time is known without polling", async () => {
  const clock = new ManualClock();
  const outbox = new Due(2, clock.now() + HOUR);
  const limited = limitClaims(outbox, { count: 1, per: MINUTE }, clock);
  assert.equal(await limited.nextDue("mails"), clock.now() + HOUR);
  await limited.claimMails({ count: 1, perAddress: null });
  assert.equal(await limited.nextDue("mails"), clock.now() + HOUR);
  clock.advance(HOUR - 1);
  assert.equal(await limited.nextDue("mails"), clock.now() + 1);
  outbox.waiting.pop();
  assert.equal(await limited.nextDue("mails"), undefined);
});

Deno.test("a clock that is set does not change the rate", async () => {
  const clock = new ManualClock();
  const limited = limitClaims(new Due(3, 0), { count: 1, per: MINUTE }, clock);
  await limited.claimMails({ count: 1, perAddress: null });
  clock.jump(HOUR);
  assert.deepEqual(await limited.claimMails({ count: 1, perAddress: null }), []);
  assert.equal(await limited.nextDue("mails"), clock.now() + MINUTE);
});

Deno.test("strangers get no more of the places than there are, and none are kept from them", async () => {
  const clock = new ManualClock();
  const outbox = new Due(9, 0);
  const limited = limitClaims(outbox, { count: 30, per: MINUTE }, clock);
  clock.advance(MINUTE);
  await limited.claimMails({ count: 5, strangers: 1, perAddress: null });
  clock.advance(MINUTE);
  await limited.claimMails({ count: 5, perAddress: null });
  assert.deepEqual(outbox.strangers, [1, 3]);
});

Deno.test("without a rate the outbox is used as it is", () => {
  const outbox = new Due(1, 0);
  assert.equal(limitClaims(outbox, null, new ManualClock()), outbox);
});
