/**
 * Many invitations that are due at once, as after a long downtime of the identity stores, with invites
 * that come in meanwhile.
 *
 * @module
 */

import type { Change } from "../../src/domain/invitation.ts";
import type { UserId } from "../../src/domain/user_id.ts";
import { stopHash } from "../../src/notify/stop_hash.ts";
import { openSqliteOutbox } from "../../src/outbox/sqlite/outbox.ts";
import { DAY } from "../../src/settings/duration.ts";
import { systemClock } from "../../src/system/clock.ts";
import { type CountingSink, startCountingSink } from "./counting_sink.ts";
import { cpuSeconds, DOMAIN, invite, LoadedService, peopleWithMail, UNLIMITED } from "./service.ts";
import { waitedMs } from "./waited.ts";

/** What was measured. Times are without those for which other programs kept the processors. */
export interface BacklogCost {
  /** How many invitations were due at once. */
  readonly due: number;
  /** The time until the 200 of an invite, at rest and then, in milliseconds. */
  readonly "200, median, at rest": number;
  readonly "200, median": number;
  readonly "200, 99th percentile": number;
  /** How many mails left in a second of the service's processor time, with few due, and then. */
  readonly "mails a CPU second, few due": number;
  readonly "mails a CPU second": number;
}

/** What is allowed. */
export interface BacklogLimits {
  /** How many times as long the median may be as at rest. */
  readonly slower: number;
  /** The 99th percentile, in milliseconds. */
  readonly maxMs: number;
  /** Which part of the usual mails have to leave. */
  readonly rate: number;
}

const LIMITS: BacklogLimits = { slower: 2, maxMs: 50, rate: 0.9 };

const PEOPLE = 50;
const BATCH = 1_000;
const PAUSE_MS = 25;

const MEASURED_MAILS = 500;
const WARM_UP_MAILS = 100;

/** Measures it. */
export async function loadBacklog(due: number, samples = 100): Promise<BacklogCost> {
  const few = await measure(WARM_UP_MAILS + MEASURED_MAILS, 0);
  const many = await measure(due, samples);
  const rest = await measure(0, samples);
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    due,
    "200, median, at rest": rounded(percentile(rest.latencies, 0.5)),
    "200, median": rounded(percentile(many.latencies, 0.5)),
    "200, 99th percentile": rounded(percentile(many.latencies, 0.99)),
    "mails a CPU second, few due": rounded(few.mailsPerSecond),
    "mails a CPU second": rounded(many.mailsPerSecond),
  };
}

/** What is more than allowed: nothing, if all is well. */
export function excessOfBacklog(cost: BacklogCost, limits = LIMITS): readonly string[] {
  const { slower, maxMs, rate } = limits;
  // Below that, the clock and the network stack are what is measured.
  const MIN_REST_MS = 2;
  const mayTake = slower * Math.max(MIN_REST_MS, cost["200, median, at rest"]);
  return [
    ...cost["200, median"] > mayTake ? [`the median is more than ${mayTake} ms`] : [],
    ...cost["200, 99th percentile"] > maxMs ? [`the 99th percentile is more than ${maxMs} ms`] : [],
    ...cost["mails a CPU second"] < rate * cost["mails a CPU second, few due"]
      ? [`fewer than ${rate} of the usual mails leave`]
      : [],
  ];
}

interface Measured {
  readonly latencies: readonly number[];
  readonly mailsPerSecond: number;
}

// With so many invitations due: mails, then invites.
async function measure(due: number, samples: number): Promise<Measured> {
  using sink = await startCountingSink();
  await using service = await LoadedService.start({
    mailPort: sink.port,
    settings: {
      memory: peopleWithMail(PEOPLE),
      notify: {
        delay: "1s",
        digest: "off",
        limits: UNLIMITED,
      },
    },
    prepare: (file) => due === 0 ? Promise.resolve() : seed(file, due),
  });
  // What is begun and compiled first does not count.
  await push(service, 20);
  if (due === 0) await new Promise((resolve) => setTimeout(resolve, 3_000));
  const mailsPerSecond = due === 0 ? NaN : await mailRate(service, sink);
  return { mailsPerSecond, latencies: await push(service, samples) };
}

async function mailRate(service: LoadedService, sink: CountingSink): Promise<number> {
  await sent(sink, WARM_UP_MAILS);
  const begin = { mails: sink.count, cpuSeconds: await cpuSeconds(service.child.pid) };
  await sent(sink, WARM_UP_MAILS + MEASURED_MAILS);
  const seconds = await cpuSeconds(service.child.pid) - begin.cpuSeconds;
  return (sink.count - begin.mails) / seconds;
}

async function push(service: LoadedService, samples: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let number = 0; number < samples; number++) {
    const id = crypto.randomUUID();
    const event = invite({ state_key: `@p0:${DOMAIN}`, room_id: `!${id}:example.org` });
    const waited = waitedMs(service.child.pid);
    const begin = performance.now();
    const status = await service.push(id, [event]);
    const time = performance.now() - begin;
    if (status !== 200) throw new Error(`an invite got ${status}`);
    latencies.push(Math.max(0, time - (waitedMs(service.child.pid) - waited)));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return latencies;
}

async function sent(sink: CountingSink, count: number): Promise<void> {
  const PATIENCE_MS = 180_000;
  const end = performance.now() + PATIENCE_MS;
  while (sink.count < count) {
    if (performance.now() > end) throw new Error(`${sink.count} of ${count} mails were sent`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function seed(file: string, count: number): Promise<void> {
  await using outbox = openSqliteOutbox({
    file,
    clock: systemClock,
    stopHash,
    domain: DOMAIN,
    maxAge: DAY,
  });
  for (let first = 0; first < count; first += BATCH) {
    const now = systemClock.now();
    const length = Math.min(BATCH, count - first);
    const changes = Array.from({ length }, (_, index): Change => dueInvite(first + index, now));
    await outbox.record(changes, { receivedAt: now, dueAt: now });
  }
}

function dueInvite(number: number, now: number): Change {
  return {
    kind: "invite",
    invitation: {
      key: `backlog ${number}`,
      roomId: `!${number}:${DOMAIN}`,
      invitee: `@p${number % PEOPLE}:${DOMAIN}` as UserId,
      inviter: `@alice:${DOMAIN}`,
      eventId: `$${number}`,
      originTs: now,
      reinvite: false,
      facts: { room: { kind: "room", name: `Plans ${number}`, encrypted: false } },
    },
  };
}

function percentile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? NaN;
}
