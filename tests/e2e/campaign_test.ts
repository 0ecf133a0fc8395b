import { strict as assert } from "node:assert";
import { runCampaign } from "../campaign/campaign.ts";
import type { DatabaseName } from "../campaign/database.ts";
import { type Kind, kindsOf } from "../campaign/kinds.ts";
import { tableOf } from "../campaign/table.ts";

// `deno task campaign` goes on for longer, with any seed. With the executable the other half of the
// kills follows, and the faults that do not concern the database are caused on the other one.
const KILLS = 50;
const isExecutable = Boolean(Deno.env.get("E2E_EXECUTABLE"));
const ELSEWHERE: readonly Kind[] = ["clock", "mail", "store", "hang", "reader", "body"];

Deno.test("50 kills on SQLite and its faults lose nothing, and copy no more than was in flight", () =>
  loseNothing("sqlite", 1, isExecutable));

Deno.test("50 kills on PostgreSQL and its faults lose nothing, and copy no more than was in flight", () =>
  loseNothing("postgresql", 2, !isExecutable));

async function loseNothing(
  database: DatabaseName,
  replicas: number,
  isShort: boolean,
): Promise<void> {
  const kinds = kindsOf(database).filter((kind) => !isShort || !ELSEWHERE.includes(kind));
  const told: string[] = [];
  const report = await runCampaign({
    ...{ database, replicas, kinds, kills: KILLS, maxLifeInvites: 30 },
    seed: isExecutable ? 2028 : 2027,
    killsPerFault: 3,
    largeBody: 200,
    tell: (line) => void told.push(line),
  });
  const { total: { accepted, lost, doubled, misdirected, late, copies, held }, faults } = report;
  assert.deepEqual({ lost, doubled, misdirected, late }, {
    lost: [],
    doubled: [],
    misdirected: [],
    late: [],
  }, `${tableOf(report)}\n${told.join("\n")}`);
  assert.deepEqual(new Set(faults.map(({ kind }) => kind)), new Set(kinds));
  assert(accepted > 400, `only ${accepted} invites were acknowledged`);
  assert(copies <= report.allowedCopies, `${copies} copies, more than ${report.allowedCopies}`);
  assert(held <= report.allowedLeases, `${held} leases, more than ${report.allowedLeases}`);
}
