/**
 * The command `lookup`: what each identity store says of a person.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import { printable } from "../domain/printable.ts";
import { isLocal, parseUserId } from "../domain/user_id.ts";
import { askStores, type StoreAnswer } from "../identity/chain.ts";
import { openStores } from "../parts.ts";
import { machinePlatform } from "../platform.ts";
import type { CommandContext } from "./command.ts";
import { loadConfiguration } from "./configuration.ts";
import { ExitCode } from "./exit_code.ts";
import { levelFor, openLogging } from "./logging.ts";

/** Asks each store, and shows what it says. Fails when nobody knows an address. */
export async function lookup(context: CommandContext, text: string): Promise<ExitCode> {
  const { out, err } = context.streams;
  const user = parseUserId(text);
  if (user === undefined) {
    err(`${printable(text)} is no Matrix ID: write one such as @bob:example.org`);
    return ExitCode.usage;
  }
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const { settings, storesInOrder } = loaded;
  const { domain } = settings.matrix;
  if (!isLocal(user, domain)) {
    err(`${user} does not belong to ${domain}, so that the service never looks them up`);
  }
  if (storesInOrder.length === 0) {
    err("No identity store is enabled: enable one, such as memory, synapseSql or rest");
    return ExitCode.failed;
  }
  await using _logging = await openLogging(levelFor("fatal", context.verbosity), context.streams);
  using platform = machinePlatform(settings);
  await using opened = new AsyncDisposableStack();
  const stores = openStores(settings, storesInOrder, platform);
  for (const store of stores) opened.use(store);
  const { clock } = platform;
  const deadline = settings.notify.lookup.timeout;
  const answers = await askStores(stores, user, { clock, deadline, signal: context.signal });
  for (const answer of answers) out(describe(answer));
  const found = answers.some(({ outcome }) =>
    outcome.kind === "found" && outcome.profile.addresses.length > 0
  );
  return found ? ExitCode.ok : ExitCode.failed;
}

function describe({ store, milliseconds, outcome }: StoreAnswer): string {
  const title = `${store} (${Math.round(milliseconds)} ms)`;
  switch (outcome.kind) {
    case "unknown":
      return `${title}: no such user`;
    case "failed": {
      const { kind, message } = outcome.error;
      const whose = kind === "temporary" ? "does not answer now" : "is not set up right";
      const reason = message.startsWith(`${store}: `) ? message.slice(store.length + 2) : message;
      return `${title} ${whose}: ${printable(reason)}`;
    }
    case "found":
      return [`${title}:`, ...facts(outcome.profile)].join("\n");
  }
}

function facts(profile: Profile): readonly string[] {
  const { addresses, displayName, language, timeZone, roles, state, account } = profile;
  const named = {
    name: displayName,
    addresses: addresses.join(", ") || "none",
    state,
    roles: roles.join(", "),
    language,
    "time zone": timeZone,
    account: account && (account.exists ? "has logged in" : "has never logged in"),
    "last seen": account?.lastSeen && new Date(account.lastSeen).toISOString(),
  };
  return Object.entries(named)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `  ${key.padEnd(10)} ${printable(String(value))}`);
}
