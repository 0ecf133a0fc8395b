import assert from "node:assert/strict";
import { accountFor } from "./account.ts";
import type { Expectations } from "./expectations.ts";
import type { AcceptedInvite, ArrivedMail } from "./traffic.ts";

const invite = (room: string): AcceptedInvite => ({
  room,
  address: "bob@x.example",
  askedAt: -5,
  acceptedAt: 0,
});
const mail = (differences: Partial<ArrivedMail>): ArrivedMail => ({
  messageId: "<1@x.example>",
  address: "bob@x.example",
  rooms: ["!a"],
  arrivedAt: 10,
  ...differences,
});
const within = (lateAfter: number, differences: Partial<Expectations> = {}): Expectations => ({
  lateAfter,
  perWaiting: 0,
  lease: 0,
  deaths: [],
  excused: [],
  mayBeLost: [],
  mayBeDoubled: [],
  setAside: new Set(),
  ...differences,
});

Deno.test("an invite that was announced once, in time, to the right address is accounted for", () => {
  const account = accountFor([invite("!a")], [mail({})], within(100));
  assert.deepEqual(account, {
    accepted: 1,
    announced: 1,
    allowed: 0,
    lost: [],
    doubled: [],
    copies: 0,
    held: 0,
    late: [],
    misdirected: [],
    longestWait: 10,
  });
});

Deno.test("an invite without a mail is lost, also when somebody else got one", () => {
  const account = accountFor(
    [invite("!a"), invite("!b")],
    [mail({ address: "eve@x" })],
    within(100),
  );
  assert.deepEqual(account.lost, ["!a", "!b"]);
  assert.deepEqual(account.misdirected, ["!a"]);
});

Deno.test("a copy has the Message-ID of the first, a doubled mail has another", () => {
  assert.equal(accountFor([invite("!a")], [mail({}), mail({})], within(100)).copies, 1);
  assert.deepEqual(accountFor([invite("!a")], [mail({}), mail({})], within(100)).doubled, []);
  const two = accountFor([invite("!a")], [mail({}), mail({ messageId: "<2@x>" })], within(100));
  assert.deepEqual([two.copies, two.doubled], [0, ["!a"]]);
});

Deno.test("a mail of several rooms announces each of them", () => {
  const account = accountFor(
    [invite("!a"), invite("!b")],
    [mail({ rooms: ["!a", "!b"] })],
    within(100),
  );
  assert.deepEqual([account.announced, account.lost], [2, []]);
});

Deno.test("the first mail decides whether an invite is late", () => {
  const late = accountFor([invite("!a")], [mail({ arrivedAt: 101 })], within(100));
  assert.deepEqual(late.late, ["!a"]);
  const mails = [mail({ arrivedAt: 90 }), mail({ arrivedAt: 500 })];
  assert.deepEqual(accountFor([invite("!a")], mails, within(100)).late, []);
});

Deno.test("what a fault allows is counted, and nothing else is", () => {
  const span = [{ from: 0, to: 50 }];
  const lost = [invite("!a"), { ...invite("!b"), askedAt: 51, acceptedAt: 60 }];
  const account = accountFor(lost, [], within(100, { mayBeLost: span }));
  assert.deepEqual([account.allowed, account.lost], [1, ["!b"]]);
  const aside = accountFor([invite("!a")], [], within(100, { setAside: new Set(["!a"]) }));
  assert.deepEqual([aside.allowed, aside.lost], [1, []]);
  const two = [mail({}), mail({ messageId: "<2@x>" })];
  const twice = accountFor([invite("!a")], two, within(100, { mayBeDoubled: span }));
  assert.deepEqual([twice.allowed, twice.doubled], [1, []]);
});

Deno.test("the time of an outage is no lateness, and each moment of it counts once", () => {
  const arrived = [mail({ arrivedAt: 200 })];
  const excused = [{ from: 50, to: 120 }, { from: -10, to: 60 }, { from: 190, to: 500 }];
  assert.deepEqual(accountFor([invite("!a")], arrived, within(70, { excused })).late, []);
  assert.deepEqual(accountFor([invite("!a")], arrived, within(69, { excused })).late, ["!a"]);
});

Deno.test("an invite behind others may take longer", () => {
  const invites = [invite("!a"), invite("!b"), { ...invite("!c"), acceptedAt: 50 }];
  const mails = [
    mail({ rooms: ["!a"], arrivedAt: 20 }),
    mail({ rooms: ["!b"], arrivedAt: 120 }),
    mail({ rooms: ["!c"], arrivedAt: 171 }),
  ];
  // Two waited at 0: until 120. Two waited at 50, as the first was announced: until 170.
  const { late } = accountFor(invites, mails, within(100, { perWaiting: 10 }));
  assert.deepEqual(late, ["!c"]);
});

Deno.test("a kill explains that an invite waits for one lease, and no more", () => {
  const waits = (arrivedAt: number, ...deaths: number[]) => {
    const { held, late } = accountFor(
      [invite("!a")],
      [mail({ arrivedAt })],
      within(100, { lease: 50, deaths }),
    );
    return [held, late];
  };
  assert.deepEqual(waits(100, 10), [0, []]);
  assert.deepEqual(waits(150, 10), [1, []]);
  assert.deepEqual(waits(151, 10), [0, ["!a"]]);
  assert.deepEqual(waits(151, 10, 90), [2, []]);
  assert.deepEqual(waits(150, -1, 151), [0, ["!a"]]);
});
