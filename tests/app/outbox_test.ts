import assert from "node:assert/strict";
import { openOutbox } from "../../src/app/outbox.ts";
import { loadSettings } from "../../src/config/load.ts";
import { HOUR, MINUTE } from "../../src/settings/duration.ts";
import { makeWorkspace } from "../cli/workspace.ts";
import { DELAY, invite, queueMails } from "../contracts/outbox_samples.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const LEASES = [
  ["a short send, for as long as lookups may need", MINUTE, 15 * MINUTE],
  ["a long send, for longer than that", 10 * HOUR, 10 * HOUR + MINUTE],
] as const;

for (const [what, longestSend, lease] of LEASES) {
  Deno.test(`the outbox leases a mail of a transport with ${what}`, async () => {
    await using workspace = await makeWorkspace();
    const loaded = await loadSettings(workspace.path("mxisd.yaml"));
    assert(loaded.kind === "loaded");
    const clock = new ManualClock();
    await using outbox = await openOutbox(
      loaded.settings,
      { clock, authorities: [] },
      { longestSend },
    );
    await queueMails({ outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() }, invite(1));
    clock.advance(DELAY);
    assert.equal((await outbox.claimMails({ count: 1, perAddress: null })).length, 1);
    assert.equal(await outbox.nextDue("mails"), clock.now() + lease);
  });
}
