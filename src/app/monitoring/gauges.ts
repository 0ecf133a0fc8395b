/**
 * Reads the figures that are not counted on the way: what the database holds, and the process.
 *
 * @module
 */

import process from "node:process";
import manifest from "../../../deno.json" with { type: "json" };
import type { Registry } from "../../metrics/registry.ts";
import type { Circuit } from "../../notify/circuit.ts";
import type { Halt } from "../../notify/worker.ts";
import { type Outbox, OutboxError, type Work } from "../../outbox/port.ts";
import type { Standing } from "../../outbox/records.ts";
import type { LimitName } from "../../outbox/work.ts";
import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import type { Readiness } from "./readiness.ts";

const WORKS: readonly Work[] = ["invitations", "mails"];
const MICROSECONDS = 1_000_000;
// Several that ask at once, or all the time, cause no more queries: counting takes a twentieth of the time.
const MIN_KEPT_MS = 5 * SECOND;
const KEPT_PER_COUNTING = 20;
// Prometheus waits for ten seconds unless it is told otherwise.
const MAX_WAIT_MS = 2 * SECOND;

/** What gauges are read from. */
export interface GaugeOptions {
  readonly outbox: Pick<Outbox, "records">;
  readonly circuits: Readonly<Record<Work, Pick<Circuit, "isOpen">>>;
  readonly catchUp: Pick<Halt, "left">;
  readonly readiness: Readiness;
  readonly clock: Clock;
}

/** Returns what sets all gauges in the registry to what they are now. */
export function openGauges(registry: Registry, options: GaugeOptions): () => Promise<void> {
  const { circuits, catchUp, readiness, clock } = options;
  const standing = keptStanding(options);
  registry.set("build_info", { version: manifest.version }, 1);
  registry.set("start_time_seconds", {}, performance.timeOrigin / SECOND);
  return async () => {
    setProcess(registry);
    for (const work of WORKS) {
      registry.set("circuit_open", { work }, Number(circuits[work].isOpen));
    }
    registry.set("ready", {}, Number((await readiness.takesTransactions()).length === 0));
    registry.set("delivery_ready", {}, Number((await readiness.delivers()).length === 0));
    try {
      registry.set("catching_up", {}, Number(await catchUp.left() !== undefined));
      for (const work of WORKS) {
        registry.set("overdue_seconds", { work }, await readiness.overdue(work) / SECOND);
      }
      const counted = await standing();
      if (counted) setStanding(registry, counted, clock.now());
    } catch (error) {
      // The other figures tell that there is no database.
      if (!(error instanceof OutboxError)) throw error;
    }
  };
}

// What was counted last; `undefined` while that takes long for the first time.
function keptStanding({ outbox, clock }: GaugeOptions): () => Promise<Standing | undefined> {
  let kept: Standing | undefined;
  let keptUntil = -Infinity;
  let counting: Promise<void> | undefined;

  async function count(): Promise<void> {
    const began = clock.monotonic();
    try {
      kept = await outbox.records.standing();
      const ended = clock.monotonic();
      keptUntil = ended + Math.max(MIN_KEPT_MS, (ended - began) * KEPT_PER_COUNTING);
    } catch (error) {
      kept = undefined;
      throw error;
    } finally {
      counting = undefined;
    }
  }

  return async () => {
    if (counting === undefined && clock.monotonic() < keptUntil) return kept;
    counting ??= count();
    counting.catch(() => {}); // Nobody may wait for it any more.
    const waited = new AbortController();
    try {
      await Promise.race([counting, clock.sleep(MAX_WAIT_MS, waited.signal)]);
    } finally {
      waited.abort();
    }
    return kept;
  };
}

const INVITATION_STATES = ["pending", "resolved", "cancelled", "skipped", "failed"] as const;
const MAIL_STATES = ["queued", "sending", "sent", "rejected", "cancelled", "expired"] as const;
const LIMITS: readonly LimitName[] = ["address", "inviter", "server", "room", "overall"];

function setStanding(
  registry: Registry,
  { invitations, mails, limited, oldest }: Standing,
  now: number,
): void {
  for (const state of INVITATION_STATES) {
    registry.set("invitations", { state }, invitations[state] ?? 0);
  }
  for (const state of MAIL_STATES) registry.set("mails", { state }, mails[state] ?? 0);
  for (const limit of LIMITS) registry.set("limited", { limit }, limited[limit] ?? 0);
  for (const work of WORKS) {
    const since = oldest[work] ?? now;
    registry.set("oldest_seconds", { work }, Math.max(0, now - since) / SECOND);
  }
}

function setProcess(registry: Registry): void {
  const { rss, heapUsed } = Deno.memoryUsage();
  registry.set("memory_bytes", { kind: "resident" }, rss);
  registry.set("memory_bytes", { kind: "heap" }, heapUsed);
  const { user, system } = process.cpuUsage();
  registry.set("cpu_seconds_total", { mode: "user" }, user / MICROSECONDS);
  registry.set("cpu_seconds_total", { mode: "system" }, system / MICROSECONDS);
}
