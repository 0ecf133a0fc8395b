import * as fc from "fast-check";
import assert from "node:assert/strict";
import type { Gathering } from "../../src/outbox/gather.ts";
import type { ClaimedMail, MailOutcome } from "../../src/outbox/port.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import {
  ALICE,
  answer,
  BOB,
  DELAY,
  invite,
  mailTo,
  record,
  SENT,
  type Subject,
} from "../contracts/outbox_samples.ts";
import { runs } from "../thorough.ts";
import { sqliteSubject } from "./sqlite/subject.ts";

const GATHERING: Gathering = { delay: DELAY, window: 10 * MINUTE, longest: HOUR };
const LIMIT = { perAddress: { count: 4, per: 2 * HOUR }, ownShare: 0.5 };
const STRANGERS_LIMIT = 2;
const STRANGER = "@eve:remote.example";

const step = fc.oneof(
  fc.record({ do: fc.constant("invite" as const), room: fc.nat(5), own: fc.boolean() }),
  fc.record({ do: fc.constant("answer" as const), room: fc.nat(5) }),
  fc.record({
    do: fc.constant("wait" as const),
    for: fc.constantFrom(1, 5 * SECOND, DELAY, MINUTE, 10 * MINUTE, HOUR, DAY),
  }),
  fc.record({
    do: fc.constant("resolve" as const),
    how: fc.constantFrom(...["resolved", "skipped", "deferred", "released", "dies"] as const),
  }),
  fc.record({
    do: fc.constant("deliver" as const),
    how: fc.constantFrom(
      ...["sent", "sent", "rejected", "deferred", "postponed", "released", "dies"] as const,
    ),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A mail to bob that was sent. */
interface SentMail {
  readonly at: number;
  readonly own: boolean;
}

/** What happened on a walk, against which each next step is checked. */
class Walk {
  readonly answered = new Set<number>();
  readonly sent: SentMail[] = [];
  readonly tried = new Set<number>();
  #number = 0;

  constructor(readonly subject: Subject) {}

  async take(next: Step): Promise<void> {
    const { clock } = this.subject;
    switch (next.do) {
      case "invite": {
        const inviter = next.own ? ALICE : STRANGER;
        await record(
          this.subject,
          invite(this.#number++, { room: `!${next.room}:example.org`, inviter }),
        );
        break;
      }
      case "answer": {
        const [result] = await record(
          this.subject,
          answer(this.#number++, { room: `!${next.room}:example.org` }),
        );
        if (result?.kind === "answered") result.invitations.forEach((id) => this.answered.add(id));
        break;
      }
      case "wait":
        clock.advance(next.for);
        break;
      case "resolve":
        await this.#resolve(next.how);
        break;
      case "deliver":
        await this.#deliver(next.how);
    }
  }

  async #resolve(how: (Step & { readonly do: "resolve" })["how"]): Promise<void> {
    const { outbox, clock } = this.subject;
    for (const claim of await outbox.claimInvitations(100)) {
      if (how === "dies") continue;
      const until = clock.now() + MINUTE;
      const mails = [mailTo("bob@example.org")];
      await outbox.settleInvitation(claim, { kind: how, reason: "x", until, mails });
    }
  }

  async #deliver(how: (Step & { readonly do: "deliver" })["how"]): Promise<void> {
    const { outbox, clock } = this.subject;
    const claims = await outbox.claimMails({ count: 100, ...LIMIT });
    assert.deepEqual(claims, claims.toSorted((a, b) => Number(b.own) - Number(a.own)));
    for (const mail of claims) {
      this.#check(mail);
      if (how !== "postponed") this.tried.add(mail.id);
      if (how === "dies") continue;
      const until = clock.now() + MINUTE;
      const outcome: MailOutcome = how === "sent" ? SENT : { kind: how, reason: "x", until };
      assert.equal((await outbox.settleMail(mail, outcome)).kind, "settled");
      if (how === "sent") this.sent.push({ at: clock.now(), own: mail.own });
    }
  }

  #check(mail: ClaimedMail): void {
    const now = this.subject.clock.now();
    for (const { id } of mail.invitations) {
      assert(!this.answered.has(id), `invitation ${id} was answered`);
    }
    const recent = this.sent.filter(({ at }) => at > now - LIMIT.perAddress.per);
    assert(recent.length < LIMIT.perAddress.count, "more mails than the limit");
    const strangers = recent.filter(({ own }) => !own);
    assert(mail.own || strangers.length < STRANGERS_LIMIT, "more mails than the strangers' part");
    // What was tried before is tried again at its own time.
    if (this.tried.has(mail.id)) return;
    const before = this.sent.filter(({ own, at }) =>
      (own || !mail.own) && at > now - GATHERING.window
    );
    assert.deepEqual(before, [], "a mail within the window of another");
  }

  /** Lets everything that waits come to its end. */
  async finish(): Promise<void> {
    const { outbox, clock } = this.subject;
    for (let round = 0; round < 1000; round++) {
      const times = [await outbox.nextDue("invitations"), await outbox.nextDue("mails")]
        .filter((time) => time !== undefined);
      if (times.length === 0) return;
      clock.set(Math.max(clock.now(), Math.min(...times)));
      await this.#resolve("resolved");
      await this.#deliver("sent");
    }
    throw new Error("something waits for ever");
  }

  /** No accepted invitation is without an end and a reason. */
  async checkEnds(): Promise<void> {
    const { outbox } = this.subject;
    for (
      const { invitation, state, reason, mails, timeline } of await outbox.histories(BOB, 1000)
    ) {
      const ended = state === "resolved"
        ? mails.length > 0 && mails.every((mail) => mail === "sent" || mail === "rejected")
        : ["cancelled", "skipped"].includes(state) && reason !== undefined;
      assert(ended, `invitation ${invitation} is ${state} (${reason}), its mails ${mails}`);
      assert.notEqual(timeline.at(-1)?.step, "gathering");
    }
  }
}

Deno.test("however invitations come, each one ends, and no mail is one too many", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using subject = await sqliteSubject(GATHERING);
      const walk = new Walk(subject);
      for (const next of steps) await walk.take(next);
      await walk.finish();
      await walk.checkEnds();
    }),
    runs(100),
  );
});
