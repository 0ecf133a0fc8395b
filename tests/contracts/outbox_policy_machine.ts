/**
 * Walks through the states of invitations and mails with everything that decides about them.
 *
 * @module
 */

import * as fc from "fast-check";
import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import { decideOnRepeat } from "../../src/notify/policy.ts";
import type { Gathering } from "../../src/outbox/gather.ts";
import type { ClaimedInvitation, ClaimedMail, MailOutcome } from "../../src/outbox/port.ts";
import type { StopScope } from "../../src/outbox/suppressions.ts";
import { DAY, HOUR, MINUTE } from "../../src/settings/duration.ts";
import { POLICY } from "../fakes/notify/service.ts";
import { HARD, SOFT } from "./outbox_bounces.ts";
import {
  ALICE,
  answer,
  BOB,
  CAROL,
  DELAY,
  invite,
  mailTo,
  mailWithFailover,
  record,
  SENT,
  type Subject,
} from "./outbox_samples.ts";
import { referenceTo } from "./outbox_suppressions.ts";

const GATHERING: Gathering = { delay: DELAY, window: 10 * MINUTE, longest: HOUR };
const PEOPLE = [BOB, CAROL] as const;
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  [BOB]: ["bob@example.org", "bob@home.example"],
  [CAROL]: ["carol@example.org"],
};
const INVITERS = [ALICE, "@dan:example.org", "@eve:remote.example", "@mallory:remote.example"];
const OWN_SHARE = 0.5;
const LIMITS = {
  inviter: { count: 3, per: HOUR },
  server: { count: 4, per: HOUR },
  room: { count: 5, per: HOUR },
  address: { count: 3, per: 2 * HOUR },
  overall: { count: 5, per: 2 * HOUR },
} as const;
const STRANGERS = { room: 2, address: 1, overall: 2 } as const;
const REPEAT_AFTER = DAY;
const REMINDER = 3 * HOUR;

const place = { person: fc.nat(1), room: fc.nat(2) };
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("invite"), ...place, inviter: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("answer"),
      ...place,
      how: fc.constantFrom("joined", "declined", "withdrawn"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait"),
      for: fc.constantFrom(1, DELAY, MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, DAY, 31 * DAY),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("resolve"),
      how: fc.constantFrom("resolved", "resolved", "skipped", "deferred", "released", "dies"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("deliver"),
      how: fc.constantFrom(
        ...["sent", "sent", "reminded", "rejected", "deferred", "postponed", "released", "dies"],
      ),
      count: fc.constantFrom(1, 100),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("bounce"), nth: fc.nat(20), hard: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("stop"),
      nth: fc.nat(20),
      scope: fc.constantFrom("all", "outside", "room", "inviter"),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface SentMail {
  readonly mail: ClaimedMail;
  readonly at: number;
}

interface Worked {
  readonly at: number;
  readonly inviter: string;
  readonly room: string;
  readonly own: boolean;
}

interface Stop {
  readonly address: string;
  readonly scope: StopScope;
  readonly room: string;
  readonly inviter: string;
}

/** What happened on a walk, against which each next step is checked. */
class Walk {
  readonly answered = new Set<number>();
  readonly worked = new Map<number, Worked>();
  /** Those that left, in order. */
  readonly sent: SentMail[] = [];
  /** When a person was last mailed about a room, since they were last in it. */
  readonly told = new Map<string, number>();
  readonly bounces = new Map<number, { readonly at: number; readonly weight: number }>();
  readonly stops: Stop[] = [];
  #number = 0;

  constructor(readonly subject: Subject) {}

  async take(next: Step): Promise<void> {
    const { clock } = this.subject;
    switch (next.do) {
      case "invite": {
        const { invitee, room } = placeOf(next);
        const inviter = INVITERS[next.inviter] ?? ALICE;
        await record(this.subject, invite(this.#number++, { invitee, room, inviter }));
        break;
      }
      case "answer": {
        const { invitee, room } = placeOf(next);
        const how = next.how as "joined" | "declined" | "withdrawn";
        const change = answer(this.#number++, { invitee, room, how });
        const [result] = await record(this.subject, change);
        if (result?.kind === "answered") result.invitations.forEach((id) => this.answered.add(id));
        if (how === "joined") this.told.delete(`${invitee} ${room}`);
        break;
      }
      case "wait":
        clock.advance(next.for);
        break;
      case "resolve":
        await this.#resolve(next.how);
        break;
      case "deliver":
        await this.#deliver(next.how, next.count);
        break;
      case "bounce":
        await this.#bounce(next.nth, next.hard);
        break;
      case "stop":
        await this.#stop(next.nth, next.scope as StopScope);
    }
  }

  async #resolve(how: string): Promise<void> {
    const { outbox, clock } = this.subject;
    const { inviter: perInviter, server: perServer, room: perRoom } = LIMITS;
    const limits = { perInviter, perServer, perRoom, ownShare: OWN_SHARE };
    const claims = await outbox.claimInvitations(100, limits);
    assertOwnFirst(claims);
    for (const claim of claims) {
      this.#checkInvitation(claim);
      if (how === "dies") continue;
      const until = clock.now() + MINUTE;
      const repeat = decideOnRepeat(claim, { ...POLICY, repeatAfter: REPEAT_AFTER }, clock.now());
      if (how === "resolved" && repeat !== undefined) {
        await outbox.settleInvitation(claim, repeat);
        continue;
      }
      const addresses = ADDRESSES[claim.invitee] ?? [];
      const mails = [
        addresses.length > 1 ? mailWithFailover(addresses) : mailTo(addresses[0] ?? ""),
      ];
      const kind = how as "resolved" | "skipped" | "deferred" | "released";
      await outbox.settleInvitation(claim, { kind, reason: "x", until, mails });
    }
  }

  #checkInvitation({ id, roomId, invitee, inviter, own, mailedBefore }: ClaimedInvitation): void {
    const now = this.subject.clock.now();
    assert(!this.answered.has(id), `invitation ${id} was answered`);
    const told = this.told.get(`${invitee} ${roomId}`);
    assert.equal(mailedBefore?.at, told, "when they were mailed about this room before");
    if (this.worked.has(id)) return;
    const recent = [...this.worked.values()].filter(({ at }) => at > now - HOUR);
    const inRoom = recent.filter(({ room }) => room === roomId);
    const checks: readonly [string, readonly Worked[], number][] = [
      ["inviter", recent.filter((other) => other.inviter === inviter), LIMITS.inviter.count],
      ["room", inRoom, LIMITS.room.count],
      ...own ? [] : [
        ["server", recent.filter((other) => !other.own), LIMITS.server.count] as const,
        ["room's strangers", inRoom.filter((other) => !other.own), STRANGERS.room] as const,
      ].map(([name, items, count]) => [name, items, count] as [string, readonly Worked[], number]),
    ];
    for (const [name, items, count] of checks) {
      assert(items.length < count, `more than the limit of the ${name}`);
    }
    this.worked.set(id, { at: now, inviter, room: roomId, own });
  }

  async #deliver(how: string, count: number): Promise<void> {
    const { outbox } = this.subject;
    const claim = (count: number) =>
      outbox.claimMails({
        count,
        perAddress: LIMITS.address,
        overall: LIMITS.overall,
        ownShare: OWN_SHARE,
      });
    const first = await claim(count);
    assertOwnFirst(first);
    // What is not claimed yet is not in front of what is.
    const others = first.some(({ own }) => !own) ? await claim(100) : [];
    assert(others.every(({ own }) => !own), "a colleague's mail is behind a stranger's");
    for (const mail of [...first, ...others]) await this.#attempt(mail, how);
  }

  async #attempt(mail: ClaimedMail, how: string): Promise<void> {
    const { outbox, clock } = this.subject;
    this.#checkMail(mail);
    if (how === "dies") return;
    const now = clock.now();
    const isSent = how === "sent" || how === "reminded";
    const dueAt = now + REMINDER;
    const reminder = how === "reminded" && mail.kind !== "reminder"
      ? { messageId: mailTo("").messageId, dueAt }
      : undefined;
    const until = now + MINUTE;
    const outcome: MailOutcome = isSent
      ? { ...SENT, ...reminder === undefined ? {} : { reminder } }
      : { kind: how as "rejected", reason: "x", ...{ until } };
    assert.notEqual((await outbox.settleMail(mail, outcome)).kind, "lost");
    if (!isSent) return;
    this.sent.push({ mail, at: now });
    for (const { roomId } of mail.invitations) this.told.set(`${mail.userId} ${roomId}`, now);
  }

  #checkMail({ id, kind, own, address, invitations }: ClaimedMail): void {
    const now = this.subject.clock.now();
    const recent = this.sent.filter(({ at }) => at > now - LIMITS.overall.per);
    const toAddress = recent.filter(({ mail }) => mail.address === address);
    assert(recent.length < LIMITS.overall.count, "more mails than the overall limit");
    assert(toAddress.length < LIMITS.address.count, "more mails than the address's limit");
    const isStrangers = ({ mail }: SentMail) => !mail.own;
    if (!own) {
      assert(
        recent.filter(isStrangers).length < STRANGERS.overall,
        "more than the strangers' part",
      );
      assert(toAddress.filter(isStrangers).length < STRANGERS.address, "the same, of an address");
    }
    assert(this.#score(address, now) < 4, `mail ${id} goes to an address that bounces have ended`);
    for (const { id, roomId, inviter } of invitations) {
      assert(!this.answered.has(id), `invitation ${id} was answered`);
      const isOutside = !inviter.endsWith(":example.org");
      const stopped = this.stops.filter((stop) => stop.address === address).some((stop) =>
        stop.scope === "all" || (stop.scope === "outside" && isOutside) ||
        (stop.scope === "room" && stop.room === roomId) ||
        (stop.scope === "inviter" && stop.inviter === inviter)
      );
      assert(!stopped, `mails about invitation ${id} were stopped`);
      if (kind !== "reminder") continue;
      const before = this.sent.some(({ mail }) =>
        mail.kind !== "reminder" && mail.address === address &&
        mail.invitations.some((other) => other.id === id)
      );
      assert(before, `a reminder of invitation ${id}, about which nothing was sent there`);
    }
  }

  #score(address: string, now: number): number {
    return this.sent.filter(({ mail }) => mail.address === address)
      .map(({ mail }) => this.bounces.get(mail.id))
      .reduce((sum, bounce) => sum + (bounce && bounce.at > now - 30 * DAY ? bounce.weight : 0), 0);
  }

  async #bounce(nth: number, hard: boolean): Promise<void> {
    const { outbox, clock } = this.subject;
    const sent = this.sent[nth % Math.max(1, this.sent.length)];
    if (sent === undefined) return;
    const { kind } = await outbox.bounces.record(sent.mail.id, hard ? HARD : SOFT);
    if (kind !== "recorded") return;
    this.bounces.set(sent.mail.id, { at: clock.now(), weight: hard ? 2 : 1 });
  }

  async #stop(nth: number, scope: StopScope): Promise<void> {
    const sent = this.sent[nth % Math.max(1, this.sent.length)];
    const [about] = sent?.mail.invitations ?? [];
    if (sent === undefined || about === undefined) return;
    const { roomId: room, inviter } = about;
    const { address, id } = sent.mail;
    const reference = referenceTo(this.subject, id, { address, room, inviter });
    await this.subject.outbox.suppressions.suppress(reference, scope, "page");
    this.stops.push({ address, scope, room, inviter });
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
      await this.#deliver("sent", 100);
    }
    throw new Error("something waits for ever");
  }

  /** No accepted invitation is without an end and a reason, which its history tells. */
  async checkEnds(): Promise<void> {
    const { outbox } = this.subject;
    const histories = await Promise.all(PEOPLE.map((person) => outbox.histories(person, 1000)));
    for (const { invitation, state, reason, mails, timeline } of histories.flat()) {
      const isOver = state === "resolved"
        ? mails.length > 0 && mails.every((mail) => mail !== "queued" && mail !== "sending")
        : ["cancelled", "skipped"].includes(state) && reason !== undefined;
      assert(isOver, `invitation ${invitation} is ${state} (${reason}), its mails ${mails}`);
      const steps = timeline.map(({ step }) => step);
      const ends = ["answered", "superseded", "skipped", "sent", "rejected", "cancelled"];
      assert(steps.some((step) => [...ends, "suppressed", "bounced"].includes(step)), `${steps}`);
    }
  }
}

function placeOf({ person, room }: { readonly person: number; readonly room: number }) {
  return { invitee: (PEOPLE[person] ?? BOB) as UserId, room: `!${room}:example.org` };
}

function assertOwnFirst(items: readonly { readonly own: boolean }[]): void {
  assert.deepEqual(items, items.toSorted((a, b) => Number(b.own) - Number(a.own)));
}

/** Registers the walks for one kind of outbox. */
export function policyMachineContract(
  name: string,
  open: (gathering?: Gathering) => Promise<Subject>,
  numRuns: number,
): void {
  for (
    const [mails, gathering] of [
      ["each in a mail of its own", undefined],
      ["gathered", GATHERING],
    ] as const
  ) {
    Deno.test(`${name}: with limits, repeats, reminders, next addresses, bounces and choices, each invitation ends as it should: ${mails}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
          await using subject = await open(gathering);
          const walk = new Walk(subject);
          for (const next of steps) await walk.take(next as Step);
          await walk.finish();
          await walk.checkEnds();
        }),
        { numRuns },
      );
    });
  }
}
