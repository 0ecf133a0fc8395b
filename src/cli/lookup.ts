/**
 * The command `lookup`: what each identity store says of a person.
 *
 * @module
 */

import { askStores, type StoreAnswer } from "../identity/chain.ts";
import { printable } from "../domain/printable.ts";
import { isLocal, parseUserId } from "../domain/user_id.ts";
import { machinePlatform, openStores } from "../parts.ts";
import type { CommandContext } from "./command.ts";
import { loadConfiguration } from "./configuration.ts";
import { ExitCode } from "./exit_code.ts";

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
  const { domain } = loaded.settings.matrix;
  if (!isLocal(user, domain)) {
    err(`${user} does not belong to ${domain}, so that the service never looks them up`);
  }
  const platform = machinePlatform();
  const stores = openStores(loaded.settings, loaded.storesInOrder, platform);
  await using opened = new AsyncDisposableStack();
  for (const store of stores) opened.use(store);
  if (stores.length === 0) {
    err("No identity store is enabled: enable one, such as memory, synapseSql or rest");
    return ExitCode.failed;
  }
  const { clock } = platform;
  const answers = await askStores(stores, user, { clock, signal: context.signal });
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
    case "failed":
      return `${title}: ${outcome.error.kind}: ${printable(outcome.error.message)}`;
    case "found": {
      const { addresses, displayName, language, timeZone, roles, state, account } = outcome.profile;
      const facts = {
        name: displayName,
        addresses: addresses.join(", ") || "none",
        state,
        roles: roles.join(", "),
        language,
        "time zone": timeZone,
        account: account && (account.exists ? "has logged in" : "has never logged in"),
        "last seen": account?.lastSeen && new Date(account.lastSeen).toISOString(),
      };
      const lines = Object.entries(facts)
        .filter(([, value]) => value !== undefined && value !== "")
        .map(([key, value]) => `  ${key.padEnd(10)} ${printable(String(value))}`);
      return [`${title}:`, ...lines].join("\n");
    }
  }
}
