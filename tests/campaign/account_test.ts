import assert from "node:assert/strict";
import { type AcceptedInvite, accountFor, type ArrivedMail } from "./account.ts";

const invite = (room: string): AcceptedInvite => ({
  room,
  address: "bob@x.example",
  acceptedAt: 0,
});
const mail = (differences: Partial<ArrivedMail>): ArrivedMail => ({
  messageId: "<1@x.example>",
  address: "bob@x.example",
  rooms: ["!a"],
  arrivedAt: 10,
  ...differences,
});

Deno.test("an invite that was announced once, in time, to the right address is accounted for", () => {
  const account = accountFor([invite("!a")], [mail({})], 100);
  assert.deepEqual(account, {
    accepted: 1,
    announced: 1,
    lost: [],
    doubled: [],
    copies: 0,
    late: [],
    misdirected: [],
  });
});

Deno.test("an invite without a mail is lost, also when somebody else got one", () => {
  const account = accountFor([invite("!a"), invite("!b")], [mail({ address: "eve@x" })], 100);
  assert.deepEqual(account.lost, ["!a", "!b"]);
  assert.deepEqual(account.misdirected, ["!a"]);
});

Deno.test("a copy has the Message-ID of the first, a doubled mail has another", () => {
  assert.equal(accountFor([invite("!a")], [mail({}), mail({})], 100).copies, 1);
  assert.deepEqual(accountFor([invite("!a")], [mail({}), mail({})], 100).doubled, []);
  const two = accountFor([invite("!a")], [mail({}), mail({ messageId: "<2@x>" })], 100);
  assert.deepEqual([two.copies, two.doubled], [0, ["!a"]]);
});

Deno.test("a mail of several rooms announces each of them", () => {
  const account = accountFor([invite("!a"), invite("!b")], [mail({ rooms: ["!a", "!b"] })], 100);
  assert.deepEqual([account.announced, account.lost], [2, []]);
});

Deno.test("the first mail decides whether an invite is late", () => {
  const late = accountFor([invite("!a")], [mail({ arrivedAt: 101 })], 100);
  assert.deepEqual(late.late, ["!a"]);
  const mails = [mail({ arrivedAt: 90 }), mail({ arrivedAt: 500 })];
  assert.deepEqual(accountFor([invite("!a")], mails, 100).late, []);
});
