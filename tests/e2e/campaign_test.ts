import { strict as assert } from "node:assert";
import { runCampaign } from "../campaign/campaign.ts";
import { isKind, KINDS } from "../campaign/kinds.ts";
import { tableOf } from "../campaign/table.ts";

Deno.test("25 kills and every kind of fault under load lose nothing, and copy no more than was in flight", async () => {
  // `deno task campaign` goes on for longer, with any seed.
  const kinds = Object.keys(KINDS).filter(isKind);
  const report = await runCampaign({
    kills: 25,
    // Other variants of the faults for the executable.
    seed: Deno.env.get("E2E_EXECUTABLE") ? 2028 : 2027,
    kinds,
    killsPerFault: 2,
    largeBody: 500,
    tell: () => {},
  });
  const { total: { accepted, lost, doubled, misdirected, late, copies }, faults } = report;
  assert.deepEqual({ lost, doubled, misdirected, late }, {
    lost: [],
    doubled: [],
    misdirected: [],
    late: [],
  }, tableOf(report));
  assert.deepEqual(new Set(faults.map(({ kind }) => kind)), new Set(kinds));
  assert(accepted > 750, `only ${accepted} invites were acknowledged`);
  assert(copies <= report.allowedCopies, `${copies} copies, more than ${report.allowedCopies}`);
});
