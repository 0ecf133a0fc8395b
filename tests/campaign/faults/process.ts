/**
 * A process of the service is suspended, or gets no more of what the machine has.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Child } from "../../process/child.ts";
import { type RunResult, runToEnd } from "../../process/run_to_end.ts";
import { suspend } from "../../process/suspend.ts";
import type { Campaign } from "../fault.ts";
import { pause } from "../pause.ts";
import { choose } from "../seeded_random.ts";

const MAX_PAUSE_MS = 3_000;
const MAX_FEW_MS = 3_000;
// What is working when nothing else can be opened, and a few more.
const MORE_FILES = [0, 1, 3, 8] as const;
const MORE_MEMORY_KIB = [0, 512, 4096] as const;
const MEMORY_MS = 60_000;
// The system calls by which journals are written, and everything is sent.
const WRITES = ["pwrite64", "fsync,fdatasync"] as const;
const SENDS = ["sendto"] as const;
const MAX_CALLS = 30;
const TEXT_BYTES = 10_000_000;

/**
 * Kills a process right before one of its system calls: its database's journal is written in part or
 * not synced, a commit or a response is not sent, a mail ends anywhere.
 */
export async function killAtPoint(
  { database, folder, random, service }: Campaign,
): Promise<string> {
  const point = choose(random, database.lease > 0 ? SENDS : [...WRITES, ...SENDS]);
  const which = 1 + Math.floor(random() * MAX_CALLS);
  const replica = service.any();
  await using _tracer = new Child({
    name: "strace",
    command: [
      "/usr/bin/strace",
      ...["-f", "-o", "/dev/null", "-e", `trace=${point}`],
      ...["-e", `inject=${point}:signal=SIGKILL:when=${which}`, "-p", String(replica.child.pid)],
    ],
    cwd: folder,
  });
  const { signal } = await replica.ended();
  assert.equal(signal, "SIGKILL", replica.child.tail());
  service.died();
  service.kills++;
  await service.start();
  return `${point} no. ${which}`;
}

/** Suspends a process. Where others can take over, the time passes in which they wait for it. */
export async function suspendProcess(campaign: Campaign): Promise<string> {
  const { database, ledger, mailServer, random, service } = campaign;
  const from = Date.now();
  const { child: { pid } } = service.any();
  ledger.dies(mailServer.waiting);
  await suspend(pid);
  const isTakenOver = service.replicas.length > 1;
  if (isTakenOver) {
    await pause(random() * MAX_PAUSE_MS);
    // What the others hold ends by that clock as well.
    for (const _ of service.replicas) ledger.dies();
    await database.passLease();
  }
  await pause(random() * MAX_PAUSE_MS);
  Deno.kill(pid, "SIGCONT");
  ledger.until(ledger.excused, from);
  return isTakenOver ? "longer than its lease" : `${Date.now() - from} ms`;
}

/**
 * Lets a process open no more files than it has, or a few more, for a while. Only a process that has
 * not loaded all of its modules yet may end then, and says why.
 */
export async function takeDescriptors({ ledger, random, service }: Campaign): Promise<string> {
  const from = Date.now();
  const replica = service.any();
  const { child: { ended, pid } } = replica;
  const more = choose(random, MORE_FILES);
  const { output: before } = await prlimit(pid, "--nofile", "--output=SOFT", "--noheadings");
  const open = (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
  await prlimit(pid, `--nofile=${open + more}:`);
  const isOver = pause(random() * MAX_FEW_MS).then(() =>
    prlimit(pid, `--nofile=${before.trim()}:`)
  );
  const end = await Promise.race([ended, isOver.then(() => undefined, () => replica.ended())]);
  if (end !== undefined) {
    assert.equal(replica.logged("cannot start").length, 1, replica.child.tail());
    await replica.ended();
    service.died();
    await service.start();
  }
  await isOver.catch(() => {});
  ledger.until(ledger.excused, from);
  return `${more} more${end === undefined ? "" : ", ended while it started"}`;
}

/**
 * Lets a process allocate no more memory than it has, or a little more, until it ends. Only one that has
 * not loaded all of its modules yet may end by itself, and says why.
 */
export async function takeMemory(campaign: Campaign): Promise<string> {
  const { homeserver, random, service } = campaign;
  const more = choose(random, MORE_MEMORY_KIB);
  const replica = service.any();
  const { pid } = replica.child;
  const size = /^VmData:\s+(\d+) kB/m.exec(await Deno.readTextFile(`/proc/${pid}/status`))?.[1];
  await prlimit(pid, `--data=${(Number(size) + more) * 1024}:`);
  // Each goes to the next process, and this one may still have room for the first ones.
  let isOver = false;
  async function push(): Promise<void> {
    while (!isOver) await homeserver.pushMessages(TEXT_BYTES);
  }
  const pushed = push();
  pushed.catch(() => {}); // It is awaited.
  let signal: Deno.Signal | null;
  try {
    ({ signal } = await replica.ended(MEMORY_MS));
  } finally {
    isOver = true;
  }
  service.died();
  const isStarting = replica.logged("cannot start").length === 1;
  assert(signal || isStarting, `it ended without a reason:\n${replica.child.tail()}`);
  await service.start();
  await pushed;
  return `${more} KiB more, ${signal ?? "ended while it started"}`;
}

async function prlimit(pid: number, ...args: readonly string[]): Promise<RunResult> {
  const result = await runToEnd(["prlimit", "--pid", String(pid), ...args]);
  if (result.code !== 0) throw new Error(result.errors);
  return result;
}
