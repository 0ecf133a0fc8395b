/**
 * Measures the service beside what it is compared with, in one run; prints tables and the ratios that
 * are to be reached, and fails when one is missed. Only loopback is used, but for npm, which installs
 * the peer. E2E_EXECUTABLE names an executable that is measured as well.
 *
 * Usage: deno task bench [--rounds N] [--seconds N] [--json FILE] [--svg FILE] [SCENARIO...]
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output of a script

import { parseArgs } from "node:util";
import { programFlags } from "../../scripts/program_flags.ts";
import { type Bar, barChart } from "./chart.ts";
import { spreadOf } from "./figures.ts";
import type { Rounds } from "./measure.ts";
import { type Available, type Scenario, SCENARIOS, TARGETS } from "./scenarios.ts";
import { compare, type Reached } from "./targets.ts";

const PEER = "matrix-appservice@3.0.0";
const ROOT = new URL("../../", import.meta.url).pathname;

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      json: { type: "string" },
      svg: { type: "string" },
    },
    allowPositionals: true,
  });
  const wanted = SCENARIOS.filter(({ name }) =>
    positionals.length === 0 || positionals.some((part) => name.includes(part))
  );
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const available: Available = {
    source: await sourceCommand(),
    executable: Deno.env.get("E2E_EXECUTABLE"),
    peer: await installPeer(folder),
  };
  const size = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
  const measured = new Map<string, Rounds>();
  for (const scenario of wanted) {
    const rounds = await scenario.measure(available, size);
    measured.set(scenario.name, rounds);
    printRounds(scenario, rounds);
  }
  const reached = compare(TARGETS, measured);
  printTargets(reached);
  if (values.json !== undefined) {
    await Deno.writeTextFile(values.json, report(measured, reached));
  }
  if (values.svg !== undefined) await Deno.writeTextFile(values.svg, chartOf(wanted[0], measured));
  if (reached.some(({ isMet }) => !isMet)) Deno.exitCode = 1;
}

/** The command that runs the program from source. */
async function sourceCommand(): Promise<readonly string[]> {
  return [Deno.execPath(), "run", ...await programFlags(), `${ROOT}main.ts`];
}

async function installPeer(folder: string): Promise<Available["peer"]> {
  const install = ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PEER];
  try {
    const { code } = await new Deno.Command("npm", { args: install, stdout: "null" }).output();
    if (code === 0) return { node: "node", folder };
    console.error(`npm cannot install ${PEER}: the peer is left out`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("Node.js is not installed: the peer is left out");
  }
  return undefined;
}

function printRounds({ name, units }: Scenario, rounds: Rounds): void {
  console.log(`\n${name}`);
  const rows: Record<string, Record<string, string>> = {};
  for (const [subject, figures] of rounds) {
    rows[subject] = Object.fromEntries(
      Object.entries(figures).map(([figure, values]) => {
        const { median, least, most } = spreadOf(values);
        const text = `${round(median)} (${round(least)} to ${round(most)})`;
        return [units[figure] ?? figure, text];
      }),
    );
  }
  console.table(rows);
}

function printTargets(reached: readonly Reached[]): void {
  console.log("\nratios");
  console.table(reached.map(({ scenario, figure, subject, comparedWith, bound, ratio, isMet }) => ({
    scenario,
    ratio: `${figure}: ${subject} / ${comparedWith}`,
    measured: ratio.toFixed(2),
    target: "least" in bound ? `>= ${bound.least}` : `<= ${bound.most}`,
    met: isMet ? "yes" : "NO",
  })));
}

function round(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

function report(measured: ReadonlyMap<string, Rounds>, reached: readonly Reached[]): string {
  const scenarios = [...measured].map(([name, rounds]) => ({
    name,
    ...Object.fromEntries(rounds),
  }));
  const machine = { cores: navigator.hardwareConcurrency, deno: Deno.version.deno };
  return `${JSON.stringify({ machine, scenarios, ratios: reached }, null, 2)}\n`;
}

function chartOf(scenario: Scenario | undefined, measured: ReadonlyMap<string, Rounds>): string {
  const bars: Bar[] = [];
  for (const [label, figures] of scenario ? measured.get(scenario.name) ?? [] : []) {
    const value = spreadOf(figures.rate ?? []).median;
    bars.push({ label, value, isOurs: label.includes("pending") });
  }
  return barChart(scenario?.name ?? "", scenario?.units.rate ?? "", bars);
}
