/**
 * Runs the loads that strangers can make, and prints what each costs the service; fails when that is
 * more than allowed. Options: those of `runLoads`; E2E_EXECUTABLE names an executable to test.
 *
 * Usage: deno task load:strangers [--short] [NAME...]
 *
 * @module
 */

import { startSmtpSink } from "../fakes/mail/smtp_sink.ts";
import { type Cost, LoadedService } from "./service.ts";
import { STRANGER_LOADS, type StrangerLoad } from "./stranger_loads.ts";

if (import.meta.main) {
  const names = Deno.args.filter((argument) => !argument.startsWith("-"));
  const size = Deno.args.includes("--short") ? "short" : "full";
  const loads = STRANGER_LOADS.filter(({ name }) =>
    names.length === 0 || names.some((part) => name.includes(part))
  );
  // deno-lint-ignore no-console -- the output of a script
  console.table(await runLoads(loads, size));
}

interface Row {
  readonly "peak MiB": number;
  readonly "health ms": number;
  readonly "CPU s": number;
  readonly "colleague s": number | undefined;
  readonly "too much": string;
}

async function runLoads(
  loads: readonly StrangerLoad[],
  size: "short" | "full",
): Promise<Record<string, Row>> {
  const rows: Record<string, Row> = {};
  for (const load of loads) {
    const cost = await costOf(load, size);
    const excess = excessOf(load, cost);
    if (excess.length > 0) Deno.exitCode = 1;
    rows[load.name] = {
      "peak MiB": Math.round(cost.peakMiB),
      "health ms": Math.round(cost.healthMs),
      "CPU s": Math.round(cost.cpuSeconds * 10) / 10,
      "colleague s": cost.colleagueMs && Math.round(cost.colleagueMs / 100) / 10,
      "too much": excess.join(", "),
    };
    // deno-lint-ignore no-console -- the output of a script
    console.error(load.name, JSON.stringify(rows[load.name]));
  }
  return rows;
}

/** Which of several costs counts. */
type Counted = "median" | "least";

/**
 * What a load costs. One that costs more than is allowed is run twice more, since other programs may
 * have used the machine: the medians count, or where they are known to use it, the least.
 */
export async function costOf(
  load: StrangerLoad,
  size: "short" | "full",
  counted: Counted = "median",
): Promise<Cost> {
  const costs = [await runLoad(load, size)];
  if (costs.some((cost) => excessOf(load, cost).length > 0)) {
    for (let more = 0; more < 2; more++) costs.push(await runLoad(load, size));
  }
  const place = counted === "least" ? 0 : Math.floor(costs.length / 2);
  const count = (key: keyof Cost) =>
    costs.map((cost) => cost[key] ?? 0).sort((a, b) => a - b)[place] ?? 0;
  return {
    peakMiB: count("peakMiB"),
    healthMs: count("healthMs"),
    cpuSeconds: count("cpuSeconds"),
    colleagueMs: costs[0]?.colleagueMs === undefined ? undefined : count("colleagueMs"),
  };
}

// Against a service of its own.
async function runLoad(load: StrangerLoad, size: "short" | "full"): Promise<Cost> {
  await using sink = await startSmtpSink();
  await using service = await LoadedService.start({ mailPort: sink.port, ...load.service });
  return await load.run(service, sink, size);
}

/** What a load cost more of than is allowed: nothing, if all is well. */
export function excessOf({ limits }: StrangerLoad, cost: Cost): readonly string[] {
  const keys = Object.keys(limits) as (keyof typeof limits)[];
  return keys.filter((key) => (cost[key] ?? 0) > (limits[key] ?? Infinity));
}
