/**
 * Runs a campaign and prints its account.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";
import { isKind, type Kind, KINDS } from "./kinds.ts";
import { tableOf } from "./table.ts";

const HELP = `Usage: deno task campaign [OPTIONS]

Kills the program under load, causes faults between the kills, and says what became of every invite
that was acknowledged. It ends with 1 if one was lost, doubled, misdirected or late.

  --kills N            how often the program is killed (300)
  --seed N             what the random numbers depend on (the time)
  --faults KIND,...    the kinds of faults; "none" or "all" (all)
  --kills-per-fault N  how many kills there are from a fault to the next one (5)
  --body N             how many invites a large body has (20000)
  --help               print this

Kinds of faults:
${Object.entries(KINDS).map(([name, what]) => `  ${name.padEnd(8)}${what}`).join("\n")}

The clock needs libfaketime, which tests/e2e/install.sh installs. With E2E_EXECUTABLE, the executable
of that name runs instead of the source.

An invite counts for the first fault that it met while it waited, for "kills" if it met none.
"allowed" are those whose row was damaged, and those that were acknowledged within the last second
before the loss of the files could be noticed, or after the backup that overwrote them.`;

Deno.exit(await run(Deno.args));

async function run(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === "string") {
    console.error(`${options}\nSee deno task campaign --help`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  console.log(`campaign: ${options.kills} kills, seed ${options.seed}`);
  const report = await runCampaign({ ...options, tell: console.log });
  const { total: { lost, doubled, misdirected, late, copies }, allowedCopies } = report;
  console.log(`\n${tableOf(report)}\n`);
  for (const [what, rooms] of Object.entries({ lost, doubled, misdirected, late })) {
    if (rooms.length > 0) console.log(`${what}: ${rooms.slice(0, 20).join(" ")}`);
  }
  if (copies > allowedCopies) console.log(`${copies} copies, more than ${allowedCopies}`);
  const isRight = lost.length + doubled.length + misdirected.length + late.length === 0 &&
    copies <= allowedCopies;
  return isRight ? 0 : 1;
}

interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly kinds: readonly Kind[];
  readonly killsPerFault: number;
  readonly largeBody: number;
}

// The options, a problem with them, or `undefined` for `--help`.
function parseOptions(args: readonly string[]): Options | string | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        kills: { type: "string", default: "300" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        faults: { type: "string", default: "all" },
        "kills-per-fault": { type: "string", default: "5" },
        body: { type: "string", default: "20000" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (values.help) return undefined;
  const numbers = [values.kills, values.seed, values["kills-per-fault"], values.body];
  const wrong = numbers.find((text) => !/^\d{1,9}$/.test(text));
  if (wrong !== undefined) return `${wrong} is not a number`;
  const all = Object.keys(KINDS).filter(isKind);
  const names = { all, none: [] }[values.faults] ?? values.faults.split(",");
  const unknown = names.find((name) => !isKind(name));
  if (unknown !== undefined) return `${unknown} is not a kind of fault`;
  const [kills = 0, seed = 0, killsPerFault = 0, largeBody = 0] = numbers.map(Number);
  return { kills, seed, kinds: names.filter(isKind), killsPerFault, largeBody };
}
