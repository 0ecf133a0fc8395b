import assert from "node:assert/strict";
import type { RoomDirectory } from "../../../src/identity/port.ts";
import type { Policy } from "../../../src/notify/policy.ts";
import { resolveInvitation } from "../../../src/notify/resolve.ts";
import type { ClaimedInvitation, InvitationOutcome } from "../../../src/outbox/port.ts";
import { FakeClock } from "../system/fake_clock.ts";
import { collectLogs } from "../system/log_records.ts";
import { people, type Person } from "./people.ts";
import { POLICY, userId } from "./service.ts";
import { settlements } from "./settlements.ts";

export const BOB = "@bob:example.org";
export const ALICE = "@alice:example.org";
export const MAIL = { addresses: ["bob@mail.example"] };
export const NEVER = new AbortController().signal;

export const INVITATION: ClaimedInvitation = {
  id: 7,
  fence: 1,
  roomId: "!plans:example.org",
  invitee: userId(BOB),
  inviter: ALICE,
  attempts: 0,
  facts: { room: { kind: "room", encrypted: false } },
};

/** What one resolving is given. */
export interface Case {
  readonly invitation?: Partial<ClaimedInvitation>;
  readonly known?: Record<string, Person | Error>;
  readonly outage?: Error;
  readonly rooms?: RoomDirectory;
  readonly policy?: Partial<Policy>;
  readonly random?: number;
  readonly signal?: AbortSignal;
}

/** Resolves one invitation with fakes around it. */
export async function resolve(given: Case) {
  await using logs = await collectLogs();
  const store = people(given.known ?? { [BOB]: MAIL });
  store.outage = given.outage;
  const outbox = settlements();
  const clock = new FakeClock();
  let messageIds = 0;
  await resolveInvitation({ ...INVITATION, ...given.invitation }, {
    outbox,
    people: store,
    rooms: given.rooms,
    domain: "example.org",
    policy: { ...POLICY, ...given.policy },
    clock,
    random: () => given.random ?? 0.5,
    newMessageId: () => `<${++messageIds}@example.org>`,
  }, given.signal ?? NEVER);
  assert.equal(outbox.invitations.length, 1);
  return {
    outcome: outbox.invitations[0] as InvitationOutcome,
    now: clock.now(),
    logs,
    lookups: store.lookups,
  };
}
