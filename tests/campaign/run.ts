/**
 * Runs a campaign of kills and prints its account.
 *
 * Usage: deno task campaign [--kills N] [--seed N]
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
console.log(`campaign: ${kills} kills, seed ${seed}`);
const account = await runCampaign({ kills, seed, tell: console.log });
const { accepted, announced, lost, doubled, copies, late, misdirected } = account;
console.log(
  `${accepted} invites acknowledged, ${announced} announced, ${lost.length} lost, ` +
    `${doubled.length} doubled, ${misdirected.length} misdirected, ${late.length} late, ` +
    `${copies} copies with the same Message-ID`,
);
const wrong = [...lost, ...doubled, ...misdirected, ...late];
if (wrong.length > 0) console.log(`rooms: ${wrong.slice(0, 20).join(" ")}`);
Deno.exit(wrong.length > 0 ? 1 : 0);
