/**
 * Runs a campaign and prints its account.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { type CampaignOptions, runCampaign } from "./campaign.ts";
import { DATABASES } from "./database.ts";
import { isKind, KINDS, kindsOf } from "./kinds.ts";
import { tableOf } from "./table.ts";

const HELP = `Usage: deno task campaign [OPTIONS]

Kills the program under load, causes faults between the kills, and says what became of every invite
that was acknowledged. It ends with 1 if one was lost, doubled, misdirected or late.

  --kills N            how often the program is killed (300)
  --seed N             what the random numbers depend on (the time)
  --database NAME      ${DATABASES.join(" or ")} (${DATABASES[0]})
  --replicas N         how many processes the service has, on PostgreSQL (1)
  --faults KIND,...    the kinds of faults; "none" or "all" (all)
  --kills-per-fault N  how many kills there are from a fault to the next one (5)
  --life N             how many invites are acknowledged between two kills, at most (100)
  --body N             how many invites a large body has (20000)
  --help               print this

Kinds of faults:
${Object.entries(KINDS).map(([name, what]) => `  ${name.padEnd(13)}${what}`).join("\n")}

The clock needs libfaketime, which tests/e2e/install.sh installs. With E2E_EXECUTABLE, the executable
of that name runs instead of the source.

An invite counts for the first fault that it met while it waited, for "kills" if it met none.
"held" counts the leases of killed processes that invites waited for. "allowed" are those whose row was damaged, and those that were acknowledged within the last second
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
  const { total: { lost, doubled, misdirected, late, copies, held } } = report;
  const { allowedCopies, allowedLeases } = report;
  console.log(`\n${tableOf(report)}\n`);
  for (const [what, rooms] of Object.entries({ lost, doubled, misdirected, late })) {
    if (rooms.length > 0) console.log(`${what}: ${rooms.slice(0, 20).join(" ")}`);
  }
  if (copies > allowedCopies) console.log(`${copies} copies, more than ${allowedCopies}`);
  if (held > allowedLeases) console.log(`${held} leases, more than ${allowedLeases}`);
  const isRight = lost.length + doubled.length + misdirected.length + late.length === 0 &&
    copies <= allowedCopies && held <= allowedLeases;
  return isRight ? 0 : 1;
}

type Options = Omit<CampaignOptions, "tell">;

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
        database: { type: "string", default: DATABASES[0] },
        replicas: { type: "string", default: "1" },
        life: { type: "string", default: "100" },
        "kills-per-fault": { type: "string", default: "5" },
        body: { type: "string", default: "20000" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (values.help) return undefined;
  const numbers = [
    ...[values.kills, values.seed, values["kills-per-fault"], values.body],
    ...[values.replicas, values.life],
  ];
  const wrong = numbers.find((text) => !/^\d{1,9}$/.test(text));
  if (wrong !== undefined) return `${wrong} is not a number`;
  const database = DATABASES.find((name) => name === values.database);
  if (database === undefined) return `${values.database} is not a database`;
  const all = kindsOf(database);
  const names = { all, none: [] }[values.faults] ?? values.faults.split(",");
  const unknown = names.find((name) => !all.some((kind) => kind === name));
  if (unknown !== undefined) return `${unknown} is not a kind of fault of ${database}`;
  const [kills = 0, seed = 0, killsPerFault = 0, largeBody = 0, replicas = 0, maxLifeInvites = 0] =
    numbers.map(Number);
  if (replicas !== 1 && (replicas < 1 || database === "sqlite")) {
    return `${replicas} processes cannot work on ${database}`;
  }
  return {
    ...{ kills, seed, database, replicas, kinds: names.filter(isKind), killsPerFault },
    ...{ largeBody, maxLifeInvites },
  };
}
