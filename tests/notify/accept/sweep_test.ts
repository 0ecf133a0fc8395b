import assert from "node:assert/strict";
import type {
  AskedInvite,
  FoundAnswer,
  MembershipPage,
  Memberships,
} from "../../../src/identity/memberships.ts";
import { acceptTransaction } from "../../../src/notify/accept/accept.ts";
import { sweep, type SweepOptions } from "../../../src/notify/accept/sweep.ts";
import { DAY, HOUR, MINUTE } from "../../../src/settings/duration.ts";
import { MADE_AT, synapseInvite } from "../../fakes/notify/events.ts";
import { DELAY, RULES } from "../../fakes/notify/service.ts";
import { type TempOutbox, tempOutbox } from "../../fakes/outbox/temp_outbox.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";

type Event = Record<string, unknown>;

/** A homeserver's memberships in memory, two invites a page. */
class FakeMemberships implements Memberships {
  readonly asked: number[] = [];
  /** Called before answers are given. */
  onAnswers: () => Promise<void> = () => Promise.resolve();

  constructor(public events: readonly Event[] = [], public answered: readonly Event[] = []) {}

  pendingInvites(since: number, after?: { readonly userId: string }): Promise<MembershipPage> {
    this.asked.push(since);
    const start = Number(after?.userId ?? 0);
    const invites = this.events.slice(start, start + 2)
      .map((event) => ({ event: Number(event.received) < since ? undefined : event }));
    const end = start + 2 < this.events.length
      ? { userId: String(start + 2), roomId: "" }
      : undefined;
    return Promise.resolve({ invites, end });
  }

  async answers(invites: readonly AskedInvite[]): Promise<readonly FoundAnswer[]> {
    await this.onAnswers();
    return this.answered.flatMap((event) =>
      invites.filter(({ roomId, invitee }) =>
        roomId === event.room_id && invitee === event.state_key
      ).map((invite) => ({ invite, event }))
    );
  }

  async [Symbol.asyncDispose]() {}
}

// The homeserver is never catching up.
const NEVER = {
  looksInto: () => false,
  arrived: (_events: unknown, waitsSince: number) =>
    Promise.resolve({ catchingUp: false, tooOldRows: 0, waitsSince, recorded: () => {} }),
};

interface Bench extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly store: TempOutbox;
  readonly memberships: FakeMemberships;
  readonly options: SweepOptions;
  push(...events: readonly Event[]): Promise<void>;
}

/** An outbox that was created a day before the invites. */
function bench(): Bench {
  const clock = new FakeClock(MADE_AT - DAY);
  const store = tempOutbox(clock);
  clock.set(MADE_AT + MINUTE);
  const memberships = new FakeMemberships();
  const { outbox } = store;
  const options = { outbox, memberships, clock, rules: RULES, delay: DELAY, added: false };
  return {
    clock,
    store,
    memberships,
    options,
    async push(...events) {
      const body = new TextEncoder().encode(JSON.stringify({ events }));
      const { kind } = await acceptTransaction(body, {
        ...options,
        catchUp: NEVER,
        repeatAfter: null,
      });
      assert.equal(kind, "accepted");
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function leave(event: Event, content: Event = { membership: "leave" }): Event {
  const { room_id, state_key } = event;
  return {
    ...{ type: "m.room.member", room_id, state_key, event_id: "$left" },
    ...{ sender: state_key, origin_server_ts: MADE_AT + 5, content },
  };
}

const ROOMS = ["!a:example.org", "!b:example.org", "!c:example.org"];

Deno.test("pending invites that were never seen are taken in once, all pages of them", async () => {
  await using test = bench();
  test.memberships.events = ROOMS.map((room_id) => synapseInvite({ room_id }));
  const first = await sweep(test.options);
  assert.deepEqual(first, { pending: 3, taken: 3, old: 0, open: 3, answered: 0 });
  const again = await sweep(test.options);
  assert.deepEqual(again, { pending: 3, taken: 0, old: 0, open: 3, answered: 0 });
  // Synapse sends them after all.
  await test.push(...test.memberships.events);
  assert.deepEqual((await test.store.outbox.counts()).invitations, { pending: 3 });
});

Deno.test("what a transaction brought is not taken in, whatever has become of it", async () => {
  await using test = bench();
  const events = ROOMS.map((room_id) => synapseInvite({ room_id }));
  await test.push(...events);
  test.memberships.events = events;
  assert.equal((await sweep(test.options)).taken, 0);
  await test.push(leave(events[0] as Event));
  assert.equal((await sweep(test.options)).taken, 0);
});

const NOT_TAKEN: Readonly<Record<string, Event>> = {
  "of somebody who is elsewhere": { state_key: "@bob:remote.example" },
  "of the service's own user": { state_key: "@mxisd:example.org" },
  "by email address": { content: { membership: "invite", third_party_invite: {} } },
  "older than the age limit, by the homeserver's figure": { unsigned: { age: DAY + 1 } },
  "older than the age limit, by its timestamp": {
    origin_server_ts: MADE_AT - DAY,
    unsigned: {},
  },
  "no event at all": { type: "m.room.name" },
  "with a room that is no text": { room_id: 7 },
};

for (const [what, changes] of Object.entries(NOT_TAKEN)) {
  Deno.test(`the rules of transactions hold: an invite ${what} is not taken in`, async () => {
    await using test = bench();
    test.memberships.events = [synapseInvite(changes), synapseInvite()];
    assert.equal((await sweep(test.options)).taken, 1);
  });
}

Deno.test("nobody is mailed about what is older than the outbox", async () => {
  const clock = new FakeClock(MADE_AT);
  await using store = tempOutbox(clock);
  const memberships = new FakeMemberships([
    synapseInvite({ received: MADE_AT - 1 }),
    synapseInvite({ received: MADE_AT, room_id: ROOMS[0] }),
  ]);
  clock.set(MADE_AT + HOUR);
  const options = {
    outbox: store.outbox,
    memberships,
    clock,
    rules: RULES,
    delay: DELAY,
    added: false,
  };
  const { taken, old } = await sweep(options);
  assert.deepEqual({ taken, old, asked: memberships.asked }, {
    taken: 1,
    old: 1,
    asked: [MADE_AT],
  });
  // A restart does not change that, and later the age limit counts.
  clock.set(MADE_AT + 2 * DAY);
  await sweep({ ...options, outbox: await store.reopen() });
  assert.equal(store.outbox.createdAt, MADE_AT);
  assert.equal(memberships.asked.at(-1), MADE_AT + DAY);
});

Deno.test("what was answered meanwhile is ended, and known when the answer comes", async () => {
  await using test = bench();
  const events = ROOMS.map((room_id) => synapseInvite({ room_id, event_id: `$${room_id}` }));
  await test.push(...events);
  const left = leave(events[1] as Event);
  test.memberships.events = [events[0], events[2]] as Event[];
  test.memberships.answered = [left];
  const swept = await sweep(test.options);
  assert.deepEqual(swept, { pending: 2, taken: 0, old: 0, open: 3, answered: 1 });
  await test.push(left);
  assert.deepEqual((await test.store.outbox.counts()).invitations, { pending: 2, cancelled: 1 });
});

Deno.test("an invite that comes while answers are read is not taken for answered", async () => {
  await using test = bench();
  const invited = synapseInvite();
  await test.push(invited);
  test.memberships.answered = [leave(invited)];
  const newer = synapseInvite({ origin_server_ts: MADE_AT + 9, event_id: "$newer" });
  test.memberships.onAnswers = () => test.push(newer);
  assert.equal((await sweep(test.options)).answered, 0);
  const [open] = await test.store.outbox.openInvitations(0, 9);
  assert.equal(open?.eventId, "$newer");
});

Deno.test("what says neither join nor leave nor ban ends nothing", async () => {
  await using test = bench();
  const invited = synapseInvite();
  await test.push(invited);
  test.memberships.answered = ["invite", "knock", 7].map((membership) =>
    leave(invited, { membership })
  );
  assert.equal((await sweep(test.options)).answered, 0);
});
