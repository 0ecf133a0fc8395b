/**
 * Measures how long an invite waits for its 200, and how many mails leave in a second, while many
 * invitations are due at once, beside the same at rest; fails when that is too much. Options: how many
 * invitations are due; E2E_EXECUTABLE names an executable to test.
 *
 * Usage: deno task load:backlog [COUNT]
 *
 * @module
 */

import { type BacklogCost, excessOfBacklog, loadBacklog } from "./backlog_load.ts";

const DEFAULT_COUNT = 100_000;

if (import.meta.main) {
  const count = Number(Deno.args[0] ?? DEFAULT_COUNT);
  const cost: BacklogCost = await loadBacklog(count);
  // deno-lint-ignore no-console -- the output of a script
  console.table(cost);
  const excess = excessOfBacklog(cost);
  // deno-lint-ignore no-console -- the output of a script
  for (const line of excess) console.error(line);
  if (excess.length > 0) Deno.exitCode = 1;
}
