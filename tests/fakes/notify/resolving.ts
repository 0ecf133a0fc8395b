import assert from "node:assert/strict";
import type { RoomDirectory } from "../../../src/identity/port.ts";
import type { Policy } from "../../../src/notify/policy.ts";
import { resolveInvitation, type ResolveOptions } from "../../../src/notify/resolve.ts";
import type { ClaimedInvitation, InvitationOutcome } from "../../../src/outbox/port.ts";
import { HOUR } from "../../../src/settings/duration.ts";
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
  own: true,
  attempts: 0,
  late: false,
  facts: { room: { kind: "room", encrypted: false } },
};

/** What one resolving is given. */
export interface Case {
  readonly invitation?: Partial<ClaimedInvitation>;
  readonly known?: Record<string, Person | Error>;
  readonly outage?: Error;
  readonly rooms?: RoomDirectory;
  readonly policy?: Partial<Policy>;
  readonly signal?: AbortSignal;
}

/** What resolving needs: fakes, in which Bob has an address. */
export function resolveOptions(changes: Partial<ResolveOptions> = {}): ResolveOptions {
  let messageIds = 0;
  return {
    outbox: settlements(),
    people: people({ [BOB]: MAIL }),
    domain: "example.org",
    policy: POLICY,
    clock: new FakeClock(),
    random: () => 0.5,
    circuit: { failed() {}, longestPause: HOUR },
    newMessageId: () => `<${++messageIds}@example.org>`,
    ...changes,
  };
}

/** Resolves one invitation with fakes around it. */
export async function resolve(given: Case) {
  await using logs = await collectLogs();
  const store = people(given.known ?? { [BOB]: MAIL });
  store.outage = given.outage;
  const outbox = settlements();
  const clock = new FakeClock();
  await resolveInvitation(
    { ...INVITATION, ...given.invitation },
    resolveOptions({
      outbox,
      people: store,
      rooms: given.rooms,
      policy: { ...POLICY, ...given.policy },
      clock,
    }),
    given.signal ?? NEVER,
  );
  assert.equal(outbox.invitations.length, 1);
  return {
    outcome: outbox.invitations[0] as InvitationOutcome,
    now: clock.now(),
    logs,
    lookups: store.lookups,
  };
}
