/**
 * A service that can open no more files once its outbox is open. It has as many invitations as the
 * second argument says, which the clock of before made due in years; it says how many it claims.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DELAY, invite, record } from "../../contracts/outbox_samples.ts";
import { runToEnd } from "../../process/run_to_end.ts";
import { openSubject } from "./subject.ts";

const YEAR_MS = 365 * 24 * 3_600_000;

const [file, count] = Deno.args;
assert(file !== undefined);
await using subject = openSubject(file);
const { clock, outbox } = subject;
clock.advance(YEAR_MS);
const numbers = Array.from({ length: Number(count) }, (_, number) => number);
await record(
  subject,
  ...numbers.map((number) => invite(number, { room: `!${number}:example.org` })),
);
clock.advance(DELAY - YEAR_MS);
let free = 0;
while (await isOpen(free)) free++;
const { code, errors } = await runToEnd([
  "prlimit",
  ...["--pid", String(Deno.pid), `--nofile=${free}`],
]);
assert.equal(code, 0, errors);
const claimed = await outbox.claimInvitations(numbers.length);
// No module is loaded for it.
await Deno.stdout.write(new TextEncoder().encode(String(claimed.length)));

async function isOpen(descriptor: number): Promise<boolean> {
  try {
    await Deno.lstat(`/proc/self/fd/${descriptor}`);
    return true;
  } catch {
    return false;
  }
}
