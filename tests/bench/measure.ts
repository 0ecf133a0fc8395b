/**
 * Measures subjects side by side, in rounds.
 *
 * @module
 */

import { cpuSeconds } from "../load/service.ts";
import { makeRequests, type Traffic } from "./bodies.ts";
import { push } from "./http_load.ts";
import { listening, type Running, type Subject } from "./subjects.ts";

/** How much is measured. */
export interface Size {
  readonly rounds: number;
  /** How long each subject is measured in a round. */
  readonly seconds: number;
}

/** The figures of each round, by subject. */
export type Rounds = ReadonlyMap<string, { readonly [Figure in string]: readonly number[] }>;

// So many bodies of 100 events are more than the processor caches.
const BODIES = 16;

/** Pushes transactions to the subjects in turn: `rate` is requests a second, `cpu` µs each. */
export async function measureTransactions(
  subjects: readonly Subject[],
  traffic: Traffic,
  connections: number,
  { rounds, seconds }: Size,
): Promise<Rounds> {
  const figures = new Figures();
  await using stack = new AsyncDisposableStack();
  const measured = [];
  for (const subject of subjects) {
    const { port, pid, settled } = stack.use(await subject.start());
    const requests = Array.from({ length: connections }, () => makeRequests(BODIES, port, traffic));
    await push(port, requests, { seconds });
    await settled?.();
    measured.push({ name: subject.name, port, pid, requests, settled });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, port, pid, requests, settled } of measured) {
      const before = await cpuSeconds(pid);
      const pushed = await push(port, requests, { seconds });
      // What it still does counts for it, and not for the next one.
      await settled?.();
      const used = await cpuSeconds(pid) - before;
      figures.add(name, "rate", pushed.requests / pushed.seconds);
      figures.add(name, "cpu", used / pushed.requests * 1e6);
    }
  }
  return figures.rounds;
}

/** Starts the subjects in turn: `start` is ms to the first 200, `idle` MiB a second later. */
export async function measureStarts(
  subjects: readonly Subject[],
  { rounds }: Size,
): Promise<Rounds> {
  const figures = new Figures();
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      const begun = performance.now();
      await using running = await subject.start();
      await listening(running.port);
      await push(running.port, [makeRequests(1, running.port, { events: 0 })], { requests: 1 });
      figures.add(subject.name, "start", performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      figures.add(subject.name, "idle", await residentMiB(running));
    }
  }
  return figures.rounds;
}

/** Pushes so many events in bodies of 100: `loaded` is MiB afterwards. */
export async function measureMemory(
  subjects: readonly Subject[],
  events: number,
): Promise<Rounds> {
  const figures = new Figures();
  for (const subject of subjects) {
    await using running = await subject.start();
    const { port } = running;
    const requests = [makeRequests(BODIES, port, { events: 100 })];
    await push(port, requests, { requests: events / 100 });
    figures.add(subject.name, "loaded", await residentMiB(running));
  }
  return figures.rounds;
}

async function residentMiB({ pid }: Running): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

class Figures {
  readonly rounds = new Map<string, Record<string, number[]>>();

  add(subject: string, figure: string, value: number): void {
    const all = this.rounds.get(subject) ?? {};
    this.rounds.set(subject, all);
    (all[figure] ??= []).push(value);
  }
}
