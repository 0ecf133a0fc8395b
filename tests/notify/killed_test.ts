import assert from "node:assert/strict";
import { answer, synapseInvite } from "../fakes/notify/events.ts";
import { userId } from "../fakes/notify/service.ts";
import { makeMemoryFolder } from "../fakes/system/memory_folder.ts";
import { rowTest } from "../thorough.ts";
import { recordedApp } from "./recorded_app.ts";

const NOW = Date.now();

// The same person is invited to the same room, so many milliseconds later.
function invite(later: number, changes: object = {}): object {
  return synapseInvite({
    event_id: `$invite${later}`,
    origin_server_ts: NOW + later,
    ...changes,
  });
}

function leave(later: number): object {
  return answer("leave", { event_id: `$leave${later}`, origin_server_ts: NOW + later });
}

const OVER_INVITE = { unsigned: { prev_content: { membership: "invite" } } };
const TWO_DAYS = 2 * 86_400_000;
const CAROL = { sender: "@carol:example.org" };

// What a body says, what the homeserver sends after the kill when that differs, and what has become
// of the invitations then, the latest first.
const ROWS: readonly {
  readonly says: string;
  readonly events: readonly unknown[];
  readonly again?: readonly unknown[];
  readonly states: readonly string[];
}[] = [
  { says: "an invite", events: [invite(0)], states: ["pending"] },
  {
    says: "an invite, whose age and event ID differ when it comes again",
    events: [invite(0, { event_id: "$placeholder" })],
    again: [invite(0, { unsigned: { age: 99_999 } })],
    states: ["pending"],
  },
  { says: "the same invite twice", events: [invite(0), invite(0)], states: ["pending"] },
  {
    says: "an invite and its answer",
    events: [invite(0), leave(1)],
    states: ["cancelled declined"],
  },
  {
    says: "an invite, its answer and a second invite",
    events: [invite(0), leave(1), invite(2)],
    states: ["pending", "cancelled declined"],
  },
  {
    says: "the same, of which the first invite is purged when it comes again",
    events: [invite(0), leave(1), invite(2)],
    again: [leave(1), invite(2)],
    states: ["pending", "cancelled declined"],
  },
  {
    says: "two answers of one person",
    events: [invite(0), leave(1), invite(2), leave(3)],
    states: ["cancelled declined", "cancelled declined"],
  },
  {
    says: "an invite over an invite that is pending",
    events: [invite(0), invite(1, { ...CAROL, ...OVER_INVITE })],
    states: ["pending", "cancelled superseded"],
  },
  {
    says: "an invite over one that nobody knows",
    events: [invite(0, OVER_INVITE)],
    states: ["pending"],
  },
  {
    says: "an old invite beside a new one",
    events: [invite(-TWO_DAYS, { unsigned: { age: TWO_DAYS } }), invite(0)],
    states: ["pending"],
  },
  {
    says: "bad events around a good one",
    events: [null, { type: "m.room.member", content: { membership: "invite" } }, invite(0), 7],
    states: ["pending"],
  },
  { says: "nothing, when it comes again", events: [invite(0)], again: [], states: ["pending"] },
];

for (const [index, { says, events, again = events, states }] of ROWS.entries()) {
  rowTest(index === 1)(`a kill between commit and 200 changes nothing: ${says}`, async () => {
    const folder = await makeMemoryFolder();
    try {
      const file = `${folder}/outbox.db`;
      assert.equal(await killed(file, JSON.stringify({ events })), "SIGKILL");
      await using service = recordedApp(file);
      assert.deepEqual(await statesOf(service.outbox), states, "before it comes again");
      assert.equal(await service.push(JSON.stringify({ events: again })), 200);
      assert.deepEqual(await statesOf(service.outbox), states, "after it came again");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function killed(file: string, body: string): Promise<Deno.Signal | null> {
  const script = new URL("killed_service.ts", import.meta.url).pathname;
  const { signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, file, body],
  }).output();
  return signal;
}

async function statesOf(outbox: ReturnType<typeof recordedApp>["outbox"]): Promise<string[]> {
  const histories = await outbox.histories(userId("@bob:example.org"), 10);
  return histories.map(({ state, reason }) => reason ? `${state} ${reason}` : state);
}
