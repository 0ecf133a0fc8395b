/**
 * Runs the service for long under the traffic of a busy homeserver, with invites that are mailed and
 * invites that are answered, and fails when its memory, its open files or its database go on growing.
 * What is finished is deleted after a minute, so that the database has a size at which it stays.
 * E2E_EXECUTABLE names an executable to test.
 *
 * Usage: deno task soak [MINUTES]
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output of a script

import { startCountingSink } from "./counting_sink.ts";
import { invite, LoadedService, peopleWithMail, UNLIMITED } from "./service.ts";
import { excessOfSoak, type SoakSample, takeSample } from "./soak_growth.ts";

const DEFAULT_MINUTES = 60;
const MIN_MINUTES = 4;
const MINUTE_MS = 60_000;
// From one transaction to the next.
const PACE_MS = 100;
const SAMPLE_MS = 2_000;
const SHOWN_EACH = 15;
const MESSAGES = 40;
const PEOPLE = 200;
const DATABASE = "outbox.db";

if (import.meta.main) {
  const minutes = Number(Deno.args[0] ?? DEFAULT_MINUTES);
  if (!(minutes >= MIN_MINUTES)) {
    throw new RangeError(`write how many minutes it runs: ${MIN_MINUTES} at least`);
  }
  const samples = await soak(minutes * MINUTE_MS);
  const excess = excessOfSoak(samples);
  for (const line of excess) console.error(line);
  if (excess.length > 0) Deno.exitCode = 1;
}

async function soak(durationMs: number): Promise<readonly SoakSample[]> {
  using sink = await startCountingSink();
  await using service = await LoadedService.start({
    mailPort: sink.port,
    settings: {
      storage: { retention: "1m", provider: { sqlite: { database: DATABASE } } },
      memory: peopleWithMail(PEOPLE),
      notify: {
        delay: "5s",
        digest: "off",
        repeatAfter: "off",
        limits: UNLIMITED,
      },
    },
  });
  const samples: SoakSample[] = [];
  const begin = performance.now();
  let sampledAt = begin;
  for (let round = 0; performance.now() - begin < durationMs; round++) {
    const status = await service.push(`soak-${round}`, traffic(round));
    if (status !== 200) throw new Error(`the transaction ${round} got ${status}`);
    if (performance.now() - sampledAt >= SAMPLE_MS) {
      sampledAt = performance.now();
      const sample = await takeSample(service.child.pid, DATABASE, round);
      samples.push(sample);
      if (samples.length % SHOWN_EACH === 0) {
        console.log(JSON.stringify({ mails: sink.count, ...sample }));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
  if (sink.count === 0) throw new Error("no email left");
  return samples;
}

// Messages with one invite, of which every second one is answered before its email is due.
function traffic(round: number): readonly unknown[] {
  const messages = Array.from({ length: MESSAGES }, (_, number) => ({
    type: "m.room.message",
    room_id: `!room${number}:example.org`,
    event_id: `$message-${round}-${number}`,
    sender: `@p${number}:example.org`,
    origin_server_ts: Date.now(),
    content: { msgtype: "m.text", body: "x".repeat(400) },
  }));
  const of = (round: number) => ({
    room_id: `!plans${round}:example.org`,
    state_key: `@p${round % PEOPLE}:example.org`,
  });
  const invited = invite({ ...of(round), event_id: `$invite-${round}` });
  if (round % 2 === 0) return [...messages, invited];
  const answered = invite({
    ...of(round - 1),
    event_id: `$join-${round}`,
    sender: of(round - 1).state_key,
    content: { membership: "join" },
  });
  return [...messages, invited, answered];
}
