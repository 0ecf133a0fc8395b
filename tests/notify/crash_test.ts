import assert from "node:assert/strict";
import { deliverMail } from "../../src/notify/deliver.ts";
import { resolveInvitation } from "../../src/notify/resolve.ts";
import { DAY } from "../../src/settings/duration.ts";
import { synapseInvite } from "../fakes/notify/events.ts";
import { DELAY, Service } from "../fakes/notify/service.ts";

const { signal } = new AbortController();

/** The way of an invite by hand, a step at a time. */
const STEPS: readonly (readonly [string, (service: Service) => Promise<unknown>])[] = [
  ["the invite was recorded", (service) => service.push(synapseInvite())],
  ["the invitation was claimed", async (service) => {
    await service.clock.advance(DELAY);
    return await service.outbox.claimInvitations(1);
  }],
  ["the invitation was resolved", async (service) => {
    await service.crash();
    const [invitation] = await service.outbox.claimInvitations(1);
    assert.ok(invitation);
    await resolveInvitation(invitation, service.resolving(), signal);
  }],
  ["the mail was claimed", (service) => claimMail(service)],
  ["the mail was sent, but not settled", async (service) => {
    await service.crash();
    const mail = await claimMail(service);
    const outbox = {
      isHeld: () => Promise.resolve(true),
      settleMail: () => Promise.reject(new Error("killed")),
    };
    await assert.rejects(deliverMail(mail, { ...service.delivering(), outbox }, signal), /killed/);
  }],
  ["the mail was settled", async (service) => {
    await service.crash();
    await deliverMail(await claimMail(service), service.delivering(), signal);
  }],
];

async function claimMail(service: Service) {
  const [mail] = await service.outbox.claimMails({ count: 1, perAddress: null });
  assert.ok(mail);
  return mail;
}

for (const [place, [name]] of STEPS.entries()) {
  Deno.test(`a kill after ${name} loses nothing and duplicates no more than is promised`, async () => {
    await using service = new Service();
    // Steps that repeat a claim begin with a kill of their own, so that the last one counts.
    for (const [, step] of STEPS.slice(0, place + 1)) await step(service);
    const before = service.transport.sent.length;
    await service.crash();

    // The homeserver did not see the 200, perhaps.
    await service.push(synapseInvite());
    service.start();
    await service.clock.advance(DAY);

    const ids = service.transport.sent.map(({ messageId }) => messageId);
    const settled = name === "the mail was settled";
    assert.equal(ids.length, settled ? before : before + 1);
    assert.equal(new Set(ids).size, 1, "all attempts have one Message-ID");
    assert.deepEqual(await service.states(), ["resolved sent"]);
  });
}
