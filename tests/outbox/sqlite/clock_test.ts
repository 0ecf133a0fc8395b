import assert from "node:assert/strict";
import { DAY, HOUR, SECOND } from "../../../src/settings/duration.ts";
import {
  claimMail,
  DELAY,
  invite,
  queueMails,
  recordInvite,
  SENT,
} from "../../contracts/outbox_samples.ts";
import { sqliteSubject } from "./subject.ts";

// How far ahead the machine's clock was until it was set right.
const AHEAD = 3000 * DAY;

Deno.test("mails that were sent when the clock was far ahead do not count for years", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  const perAddress = { count: 1, per: DAY };
  const now = clock.now();
  clock.set(now + AHEAD);
  await queueMails(subject, invite(1));
  await outbox.settleMail(await claimMail(subject), SENT);
  clock.set(now);
  await queueMails(subject, invite(2, { room: "!other:example.org" }));
  assert.equal((await outbox.claimMails({ count: 1, perAddress })).length, 1);
});

Deno.test("mails that were sent when the clock was a little ahead count", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  const perAddress = { count: 1, per: DAY };
  const now = clock.now();
  clock.set(now + HOUR);
  await queueMails(subject, invite(1));
  await outbox.settleMail(await claimMail(subject), SENT);
  clock.set(now);
  await queueMails(subject, invite(2, { room: "!other:example.org" }));
  assert.equal((await outbox.claimMails({ count: 1, perAddress })).length, 0);
});

Deno.test("invitations that were mailed when the clock was far ahead do not count for years", async () => {
  await using subject = await sqliteSubject();
  const { outbox, clock } = subject;
  const now = clock.now();
  clock.set(now + AHEAD);
  await queueMails(subject, invite(1));
  clock.set(now + SECOND);
  await recordInvite(subject, invite(2, { room: "!other:example.org" }));
  clock.advance(DELAY);
  const perInviter = { count: 1, per: HOUR };
  assert.equal((await outbox.claimInvitations(1, { perInviter })).length, 1);
});
