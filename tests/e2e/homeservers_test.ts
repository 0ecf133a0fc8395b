import assert from "node:assert/strict";
import { answerInTime } from "./answer_in_time.ts";
import { Organisation, type OrganisationOptions } from "./organisation.ts";
import { readable } from "./readable.ts";
import { startDendrite } from "./servers/dendrite.ts";
import { startSynapseWithWorker } from "./servers/synapse_worker.ts";
import { addressOf, DOMAIN } from "./settings.ts";

const HOMESERVERS: Readonly<Record<string, NonNullable<OrganisationOptions["homeserver"]>>> = {
  "Dendrite": startDendrite,
  "Synapse with a worker for application services": startSynapseWithWorker,
};

const DELAY_MS = 5_000;

for (const [name, homeserver] of Object.entries(HOMESERVERS)) {
  Deno.test(`${name}: who is invited gets one mail, who answers in time gets none`, async () => {
    await using organisation = await Organisation.open({
      homeserver,
      delay: `${DELAY_MS / 1000}s`,
    });
    const alice = await organisation.register("alice");
    const { name: answered } = await answerInTime(organisation, alice, DELAY_MS);
    const invited = ["bob", "carol", "dave"].filter((other) => other !== answered);
    const room = await alice.createRoom({ name: "Plans" });
    await Promise.all(invited.map((other) => alice.invite(room, `@${other}:${DOMAIN}`)));
    for (const other of invited) {
      const { message } = await organisation.mailTo(other, 60_000);
      assert.match(readable(message.subject), /Alice Archer.*Plans/);
      assert.match(readable(message.text), /@alice:example\.org/);
    }
    await organisation.mailsSoFar(alice);
    const count = (other: string) => organisation.mailServer.to(addressOf(other)).length;
    assert.equal(count(answered), 0);
    // On a busy machine, others were invited before, and answered too late.
    if (answered === "carol") assert.deepEqual(invited.map(count), [1, 1]);
  });
}
