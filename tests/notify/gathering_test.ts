import assert from "node:assert/strict";
import type { Gathering } from "../../src/outbox/gather.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/settings/duration.ts";
import { compileGlob } from "../../src/text/glob.ts";
import { synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, POLICY, Service } from "../fakes/notify/service.ts";
import { IS_THOROUGH, thoroughTest } from "../thorough.ts";

// The defaults.
const GATHERING: Gathering = { delay: DELAY, window: 10 * MINUTE, longest: 4 * HOUR };
const GHOSTS = 300;
const BODY = 15;

/** Has all ghosts of a bridge invite bob within six seconds, each to a room of its own. */
async function bridge(service: Service): Promise<void> {
  const ghosts = Array.from({ length: GHOSTS }, (_, ghost) =>
    synapseInvite({
      sender: `@whatsapp_${ghost}:example.org`,
      room_id: `!portal${ghost}:example.org`,
      event_id: `$ghost${ghost}`,
    }));
  for (let first = 0; first < GHOSTS; first += BODY) {
    await service.push(...ghosts.slice(first, first + BODY));
    await service.clock.advance(6 * SECOND * BODY / GHOSTS);
  }
}

thoroughTest(
  "three hundred ghosts of a bridge are one or two mails, and all rooms are in them",
  async () => {
    await using service = new Service(undefined, GATHERING);
    service.start();
    await bridge(service);
    await service.clock.advance(DELAY + 10 * SECOND);
    const { sent } = service.transport;
    assert.equal(sent.length, 1);
    await service.clock.advance(DAY);
    assert(sent.length <= 2, `${sent.length} mails`);
    const rooms = service.renderer.models.flatMap(({ invitations }) =>
      invitations.map(({ room }) => room.id)
    );
    assert.equal(new Set(rooms).size, GHOSTS);
    assert.equal(rooms.length, GHOSTS);
  },
);

thoroughTest("ghosts in notify.inviters.except are no mail", async () => {
  await using service = new Service(undefined, GATHERING);
  service.policy = {
    ...POLICY,
    inviters: { only: [], except: [compileGlob("@whatsapp_*:example.org")] },
  };
  service.start();
  await bridge(service);
  await service.clock.advance(DAY);
  assert.deepEqual(service.mailed(), []);
});

Deno.test("a single invitation leaves after the delay, and a second one at the end of the window", async () => {
  await using service = new Service(undefined, GATHERING);
  service.start();
  await service.push(synapseInvite());
  await service.clock.advance(DELAY - 1);
  assert.equal(service.mailed().length, 0);
  await service.clock.advance(1);
  assert.equal(service.mailed().length, 1);
  await service.push(synapseInvite({ room_id: "!second:example.org", event_id: "$second" }));
  await service.clock.advance(GATHERING.window - 1);
  assert.equal(service.mailed().length, 1);
  await service.clock.advance(1);
  assert.equal(service.mailed().length, 2);
});

// The defaults.
const LIMITS = {
  perInviter: { count: 60, per: HOUR },
  perServer: { count: 500, per: HOUR },
  perRoom: { count: 500, per: HOUR },
  perAddress: { count: 20, per: DAY },
  ownShare: 0.5,
};
const STRANGERS_INVITES = IS_THOROUGH ? 5000 : 800;
const COLLEAGUES = 10;

for (
  const [name, invitees] of [
    [
      "ten of colleagues are told within the first window, beside 5,000 of one person from one server",
      1,
    ],
    ["ten of colleagues are told within the first window, beside 5,000 of ten people", COLLEAGUES],
  ] as const
) {
  thoroughTest(name, async () => {
    await using service = new Service(undefined, GATHERING);
    service.limits = LIMITS;
    for (let n = 0; n < COLLEAGUES; n++) {
      service.people.known.set(`@person${n}:example.org`, {
        addresses: [`person${n}@mail.example`],
      });
    }
    const events = Array.from({ length: STRANGERS_INVITES }, (_, n) =>
      synapseInvite({
        sender: `@stranger${n % 100}:remote.example`,
        state_key: `@person${n % invitees}:example.org`,
        room_id: `!offer${n}:remote.example`,
        event_id: `$offer${n}`,
      }));
    const own = Array.from({ length: COLLEAGUES }, (_, n) =>
      synapseInvite({
        sender: `@colleague${n}:example.org`,
        state_key: `@person${n % invitees}:example.org`,
        room_id: `!team${n}:example.org`,
        event_id: `$team${n}`,
      }));
    service.start();
    const size = STRANGERS_INVITES / COLLEAGUES;
    for (const [n, event] of own.entries()) {
      const body = [...events.slice(n * size, (n + 1) * size), event];
      await (await service.push(...body)).body?.cancel();
      await service.clock.advance(SECOND);
    }
    await service.clock.advance(DELAY + GATHERING.window);
    const told = new Set(
      service.renderer.models.flatMap(({ invitations }) => invitations.map(({ room }) => room.id)),
    );
    for (let n = 0; n < COLLEAGUES; n++) assert(told.has(`!team${n}:example.org`), `room ${n}`);
    const { sent } = service.transport;
    assert(sent.length <= 2 * invitees, `${sent.length} mails`);
    const strangers = [...told].filter((room) => room.startsWith("!offer"));
    assert(strangers.length <= LIMITS.perServer.count, `${strangers.length} of strangers`);
  });
}
