import * as fc from "fast-check";
import assert from "node:assert/strict";
import type { Change } from "../../src/domain/invitation.ts";
import type { UserId } from "../../src/domain/user_id.ts";
import {
  fold,
  type InvitationRef,
  type OpenInvitation,
  type PastInvitation,
  type Step,
} from "../../src/outbox/fold.ts";
import { answer, BOB, CAROL, invite } from "../contracts/outbox_samples.ts";
import { howMany } from "../thorough.ts";

/** Invitations and keys as a database holds them, changed by nothing but plans. */
class Ledger {
  readonly open: OpenInvitation[] = [];
  readonly past: PastInvitation[] = [];
  readonly seen = new Set<string>();
  #id = 0;

  /** @param added Whether people are told that they were added. */
  constructor(readonly added = false) {}

  apply(body: readonly Change[], dueAt: number): readonly Step[] {
    const known = { seenKeys: this.seen, open: this.open, past: this.past };
    const steps = fold(body, known, dueAt, this.added ? { joinedDueAt: dueAt } : {});
    assert.equal(steps.length, body.length);
    const inserted = new Map<number, number>();
    const idOf = (ref: InvitationRef) => "id" in ref ? ref.id : inserted.get(ref.inserted);
    const close = (refs: readonly InvitationRef[]): OpenInvitation[] =>
      refs.flatMap((ref) => {
        const place = this.open.findIndex((open) => open.id === idOf(ref));
        assert(place >= 0, "only what is open is closed");
        return this.open.splice(place, 1);
      });
    steps.forEach((step, place) => {
      if (step.kind === "insert") {
        close(step.superseded);
        const { key, roomId, invitee } = step.invitation;
        const id = ++this.#id;
        inserted.set(place, id);
        this.open.push({
          id,
          key,
          roomId,
          invitee,
          state: "pending",
          dueAt: step.dueAt,
          joined: false,
        });
        this.#remember(key);
      } else if (step.kind === "merge") {
        this.#remember(step.invitation.key);
      } else if (step.kind === "close") {
        const closed = close(step.closed);
        for (const { ref, dueAt } of step.kept) {
          const place = this.open.findIndex((open) => open.id === idOf(ref));
          const open = this.open[place];
          assert(open?.state === "pending" && dueAt >= open.dueAt && step.answer.how === "joined");
          assert(!open.joined, "only the first join counts");
          this.open[place] = { ...open, dueAt, joined: true };
        }
        for (const ref of step.joined) {
          const place = this.past.findIndex((past) => past.id === idOf(ref));
          assert(place >= 0, "a join counts once for what was answered before");
          this.past.splice(place, 1);
        }
        if (step.answer.how !== "joined") {
          this.past.push(...closed.filter(({ state }) => state === "mailed"));
        }
        this.#remember(step.answer.key);
      }
    });
    return steps;
  }

  /** Resolves the pending invitation that opened first. */
  mail(state: "mailed" | "undeliverable"): void {
    const place = this.open.findIndex((open) => open.state === "pending");
    const pending = this.open[place];
    if (pending) this.open[place] = { ...pending, state };
  }

  #remember(key: string): void {
    assert(!this.seen.has(key), "a key is remembered once");
    this.seen.add(key);
  }
}

interface Pair {
  readonly room: string;
  readonly invitee: UserId;
}

const pair = fc.constantFrom<Pair[]>(
  { room: "!a:x.org", invitee: BOB },
  { room: "!a:x.org", invitee: CAROL },
  { room: "!b:x.org", invitee: BOB },
);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(5), pair, fc.boolean()).map(([number, which, reinvite]) =>
    invite(number, { ...which, reinvite })
  ),
  fc.tuple(fc.nat(5), pair, fc.constantFrom("joined" as const, "declined" as const)).map(
    ([number, which, how]) => answer(number, { ...which, how }),
  ),
);
const body = fc.array(change, { maxLength: 8 });
/** A new body, or which of those before comes again, as a bit for each change that is left. */
const move = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("body" as const), body }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("again" as const),
      which: fc.nat(),
      kept: fc.oneof(fc.constant(0xff), fc.nat(0xff)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("resolve" as const),
      state: fc.constantFrom("mailed" as const, "undeliverable" as const),
    }),
  },
);
const moves = fc.array(move, { maxLength: 12 });

function pairOf(of: Change): string {
  const { roomId, invitee } = of.kind === "answer" ? of.answer : of.invitation;
  return `${roomId} ${invitee}`;
}

function keyOf(of: Change): string {
  return of.kind === "answer" ? of.answer.key : of.invitation.key;
}

function assertOnePending(ledger: Ledger): void {
  const pending = ledger.open.filter(({ state }) => state === "pending");
  const pairs = pending.map(({ roomId, invitee }) => `${roomId} ${invitee}`);
  assert.equal(new Set(pairs).size, pairs.length, "at most one pending invitation of a pair");
}

/** What of a rebuilt body is left. */
function rebuilt(changes: readonly Change[], kept: number): Change[] {
  return changes.filter((_, place) => (kept >> (place % 8)) & 1);
}

Deno.test("whatever comes, a pair has one pending invitation at most", () => {
  fc.assert(fc.property(moves, fc.boolean(), (walk, added) => {
    const ledger = new Ledger(added);
    const bodies: Change[][] = [];
    walk.forEach((step, time) => {
      if (step.kind === "resolve") return ledger.mail(step.state);
      const next = step.kind === "body"
        ? step.body
        : rebuilt(bodies[step.which % Math.max(bodies.length, 1)] ?? [], step.kept);
      bodies.push(next);
      ledger.apply(next, time);
      assertOnePending(ledger);
    });
  }));
});

const bodiesBefore = fc.array(body, { maxLength: 4 });

Deno.test("a body that comes again at once, whole or in part, changes nothing", () => {
  fc.assert(
    fc.property(bodiesBefore, body, fc.nat(0xff), fc.boolean(), (before, last, kept, added) => {
      const ledger = new Ledger(added);
      for (const earlier of before) ledger.apply(earlier, 1);
      ledger.apply(last, 2);
      const open = structuredClone(ledger.open);
      ledger.apply(last, 3);
      ledger.apply(rebuilt(last, kept), 4);
      assert.deepEqual(ledger.open, open);
    }),
  );
});

Deno.test("an earlier body that comes again opens nothing and closes nothing it closed before", () => {
  fc.assert(fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), (bodies) => {
    const ledger = new Ledger();
    for (const each of bodies) ledger.apply(each, 1);
    for (const each of bodies) {
      const known = new Set(ledger.seen);
      for (const [place, step] of ledger.apply(each, 2).entries()) {
        const replayed = each[place];
        assert(replayed && step.kind !== "insert" && step.kind !== "merge");
        // Only an answer that never met an invitation of its pair may be new.
        if (step.kind === "close") assert(!known.has(keyOf(replayed)));
      }
    }
  }));
});

Deno.test("no invitation that stood last of its pair is lost without a later answer", () => {
  fc.assert(fc.property(moves, (walk) => {
    const ledger = new Ledger();
    const bodies: Change[][] = [];
    // By pair: the last new invite, unless something answered it after it had come.
    const wanted = new Map<string, string>();
    walk.forEach((step, time) => {
      if (step.kind === "resolve") return;
      const again = step.kind === "again";
      const next = again
        ? rebuilt(bodies[step.which % Math.max(bodies.length, 1)] ?? [], step.kept)
        : step.body;
      bodies.push(next);
      const before = new Set(ledger.seen);
      const alive = new Set(ledger.open.map(({ key }) => key));
      ledger.apply(next, time);
      next.forEach((each, place) => {
        const key = keyOf(each);
        const later = next.slice(place + 1).some((other) => keyOf(other) === key);
        if (each.kind === "answer") {
          const last = wanted.get(pairOf(each));
          const standsLater = next.slice(place).some((other) => keyOf(other) === last);
          if (!before.has(key) && !standsLater) wanted.delete(pairOf(each));
          before.add(key);
        } else if (!later && (alive.has(key) || !before.has(key))) {
          wanted.set(pairOf(each), key);
        }
      });
      for (const [which, key] of wanted) {
        const pending = ledger.open.some((open) =>
          `${open.roomId} ${open.invitee}` === which && open.state === "pending"
        );
        assert(pending, `${key} is lost`);
      }
    });
  }));
});

Deno.test("where people are told that they were added, joins end nothing that is pending", () => {
  fc.assert(fc.property(moves, pair, (walk, who) => {
    const ledger = new Ledger(true);
    for (const step of walk) {
      if (step.kind === "body") ledger.apply(step.body, 1);
      if (step.kind === "resolve") ledger.mail(step.state);
    }
    const pending = () => ledger.open.filter(({ state }) => state === "pending");
    const before = pending().map(({ id }) => id);
    ledger.apply([answer(99, who)], 2);
    assert.deepEqual(pending().map(({ id }) => id), before);
    // Nor does a new name end one that has its mail by then.
    ledger.mail("mailed");
    const joined = () => ledger.open.filter((open) => open.joined).map(({ id }) => id);
    const told = joined();
    ledger.apply([answer(101, who)], 3);
    assert.deepEqual(joined(), told);
    ledger.apply([answer(100, { ...who, how: "withdrawn" })], 3);
    const left = ledger.open.filter(({ roomId, invitee }) =>
      roomId === who.room && invitee === who.invitee
    );
    assert.deepEqual(left, []);
  }));
});

Deno.test("who joined is not in what was answered otherwise any more", () => {
  fc.assert(fc.property(fc.array(body, { maxLength: 6 }), pair, (bodies, who) => {
    const ledger = new Ledger();
    for (const each of bodies) {
      ledger.apply(each, 1);
      ledger.mail("mailed");
    }
    ledger.apply([answer(99, who)], 2);
    const left = [...ledger.past, ...ledger.open].filter(({ roomId, invitee }) =>
      roomId === who.room && invitee === who.invitee
    );
    assert.deepEqual(left, []);
  }));
});

Deno.test("repeated invites never postpone", () => {
  fc.assert(fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), (numbers) => {
    const ledger = new Ledger();
    numbers.forEach((number, time) => ledger.apply([invite(number)], 100 + time));
    assert.deepEqual(ledger.open.map(({ dueAt }) => dueAt), [100]);
  }));
});

Deno.test("a body of many people is planned without going through all for each", () => {
  const many = Array.from(
    { length: howMany(20_000, 50_000) },
    (_, place) => invite(place, { room: `!${place}:example.org` }),
  );
  const start = performance.now();
  assert(
    fold(many, { seenKeys: new Set(), open: [], past: [] }, 1).every(({ kind }) =>
      kind === "insert"
    ),
  );
  // Far more than it takes, far less than the square of it.
  assert(performance.now() - start < 10_000);
});
