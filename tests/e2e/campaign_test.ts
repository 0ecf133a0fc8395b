import { strict as assert } from "node:assert";
import { runCampaign } from "../campaign/campaign.ts";

Deno.test("25 kills under load lose nothing, and copy no more than was in flight", async () => {
  // `deno task campaign` goes on for longer, with any seed.
  const { accepted, lost, doubled, misdirected, late, copies } = await runCampaign({
    kills: 25,
    seed: 2027,
    tell: () => {},
  });
  assert.deepEqual({ lost, doubled, misdirected, late }, {
    lost: [],
    doubled: [],
    misdirected: [],
    late: [],
  });
  assert.ok(accepted > 25, `only ${accepted} invites were acknowledged`);
  // Five mails are in flight at a time, the default of the pool.
  assert.ok(copies <= 25 * 5, `${copies} copies`);
});
