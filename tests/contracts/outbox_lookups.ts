/**
 * How every outbox limits the lookups that one inviter, or one server, can cause.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ClaimedInvitation } from "../../src/outbox/port.ts";
import { HOUR } from "../../src/settings/duration.ts";
import type { Contract } from "./outbox.ts";
import {
  answer,
  BOB,
  DELAY,
  invite,
  mailTo,
  record,
  states,
  steps,
  type Subject,
} from "./outbox_samples.ts";

const TWO = { perInviter: { count: 2, per: HOUR } };
const SERVER = { perServer: { count: 3, per: HOUR } };

/** Registers the tests of limits before lookups. */
export function lookupsContract(test: Contract): void {
  test("an inviter has no more invitations worked on than the limit says", async (subject) => {
    const { outbox, clock } = subject;
    await recordMany(subject, 5, ["@alice:example.org"]);
    const base = clock.now();
    const claimed: number[][] = [];
    for (let due; (due = await outbox.nextDue("invitations")) !== undefined;) {
      clock.set(Math.max(clock.now(), due));
      for (const claim of await outbox.claimInvitations(10, TWO)) {
        await outbox.settleInvitation(claim, {
          kind: "resolved",
          mails: [mailTo(`bob${claim.id}@x.org`)],
        });
        claimed.push([claim.id, clock.now() - base]);
      }
    }
    assert.deepEqual(claimed, [[1, 0], [2, 0], [3, HOUR], [4, HOUR], [5, 2 * HOUR]]);
    assert.deepEqual((await outbox.counts()).mails, { queued: 5 });
    const [last] = await steps(subject);
    assert.deepEqual(last, ["seen", "limited", "resolved"]);
  });

  test("an inviter's limit is not another's, and no name slips through it", async (subject) => {
    await recordMany(subject, 3, ["@a\0b:x.org", "@a\0c:x.org", "@a:x.org"]);
    assert.equal((await subject.outbox.claimInvitations(10, TWO)).length, 6);
    assert.equal((await subject.outbox.claimInvitations(10, TWO)).length, 0);
  });

  for (const kind of ["skipped", "failed", "resolved"] as const) {
    test(`an invitation that is ${kind} counts: the lookup was made`, async (subject) => {
      const { outbox, clock } = subject;
      await recordMany(subject, 5, ["@s:remote.example"]);
      for (const claim of await outbox.claimInvitations(10, TWO)) {
        await outbox.settleInvitation(claim, { kind, reason: "x", mails: [] });
      }
      assert.equal((await outbox.claimInvitations(10, TWO)).length, 0);
      assert((await outbox.nextDue("invitations") ?? 0) > clock.now());
    });
  }

  test("an attempt that is repeated counts once, and does not wait again", async (subject) => {
    const { outbox, clock } = subject;
    await recordMany(subject, 2, ["@s:remote.example"]);
    for (const claim of await outbox.claimInvitations(10, TWO)) {
      const until = clock.now() + 2 * HOUR;
      await outbox.settleInvitation(claim, { kind: "deferred", reason: "x", until });
    }
    clock.advance(2 * HOUR - DELAY - 1);
    await recordMany(subject, 2, ["@s:remote.example"]);
    assert.equal((await outbox.claimInvitations(10, TWO)).length, 2);
    clock.advance(1);
    assert.equal((await outbox.claimInvitations(10, TWO)).length, 2);
  });

  test("all inviters of another server share its limit, in any case of its name", async (subject) => {
    const { outbox } = subject;
    const inviters = ["@a:remote.example", "@b:Remote.Example", "@c:REMOTE.EXAMPLE"];
    await recordMany(subject, 3, [...inviters, "@d:other.example"]);
    const claimed = await outbox.claimInvitations(20, SERVER);
    assert.deepEqual(byServer(claimed), { "remote.example": 3, "other.example": 3 });
  });

  test("the homeserver's own inviters have no limit of their server", async (subject) => {
    await recordMany(subject, 5, ["@a:example.org", "@b:EXAMPLE.org"]);
    assert.equal((await subject.outbox.claimInvitations(20, SERVER)).length, 10);
  });

  test.thorough("hundreds above both limits come one after the other, and none is lost", async (subject) => {
    const { outbox, clock } = subject;
    const limits = {
      perInviter: { count: 20, per: HOUR },
      perServer: { count: 50, per: HOUR },
    };
    await recordMany(subject, 100, ["@a:x.org", "@b:x.org", "@c:x.org", "@d:x.org"]);
    const times: number[] = [];
    for (let due; (due = await outbox.nextDue("invitations")) !== undefined;) {
      clock.set(Math.max(clock.now(), due));
      for (const claim of await outbox.claimInvitations(10, limits)) {
        clock.advance(3);
        await outbox.settleInvitation(claim, { kind: "skipped", reason: "x" });
        times.push(clock.now());
      }
    }
    assert.equal(times.length, 400);
    for (const time of times) {
      const within = times.filter((other) => other > time - HOUR && other <= time);
      // A slot is taken when an invitation is claimed, ten of which are settled one by one.
      assert(within.length <= 60, `${within.length} within an hour`);
    }
    assert(clock.now() - (times[0] ?? 0) < 9 * HOUR, "the limit is made use of");
  });

  test("an answer ends an invitation that is parked, and a limit that is off lets it go", async (subject) => {
    const { outbox } = subject;
    await recordMany(subject, 4, ["@s:remote.example"]);
    await outbox.claimInvitations(10, TWO);
    assert.equal(await outbox.expectsAnswers(), true);
    const [{ roomId } = { roomId: "" }] = await outbox.histories(BOB, 1);
    await record(subject, answer(1, { room: roomId }));
    assert.equal((await states(subject))[0], "cancelled: joined");
    const free = await outbox.claimInvitations(10);
    assert.deepEqual(free.map(({ id }) => id), [3]);
  });
}

let rooms = 0;

async function recordMany(
  subject: Subject,
  count: number,
  inviters: readonly string[],
): Promise<void> {
  const invites = inviters.flatMap((inviter) =>
    Array.from(
      { length: count },
      (_, number) => invite(number, { room: `!l${rooms++}:x.org`, inviter }),
    )
  );
  await record(subject, ...invites);
  subject.clock.advance(DELAY);
}

function byServer(claimed: readonly ClaimedInvitation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { inviter } of claimed) {
    const server = inviter.slice(inviter.indexOf(":") + 1).toLowerCase();
    counts[server] = (counts[server] ?? 0) + 1;
  }
  return counts;
}
