/**
 * The command `lookup`: shows what each identity store returns for a user.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { openStores } from "../../app/stores.ts";
import { isLocal, parseUserId } from "../../domain/user_id.ts";
import { queryStores } from "../../identity/query_stores.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import { describeResult, hasAddress, resultDocument } from "../store_result.ts";
import { writeJson } from "../write_json.ts";

/** The command's arguments. */
export interface LookupArguments {
  /** The Matrix ID. */
  readonly user: string;
  /** Whether to print one JSON document. */
  readonly json: boolean;
}

/** Looks the user up in each store, and prints the results. Fails when none has an address. */
export async function lookup(
  context: CommandContext,
  { user: text, json }: LookupArguments,
): Promise<ExitCode> {
  const { out, err } = context.streams;
  const user = parseUserId(text);
  if (user === undefined) {
    err(`${printable(text)} is not a Matrix ID: write one such as @bob:example.org`);
    return ExitCode.usage;
  }
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const { settings, storesInOrder } = loaded;
  const { domain } = settings.matrix;
  if (!isLocal(user, domain)) {
    err(`${user} is not a user of ${domain}: the service never looks them up`);
  }
  if (storesInOrder.length === 0) {
    err("No identity store is enabled: enable one, such as memory, synapseSql or rest");
    return ExitCode.failed;
  }
  await using _logging = await openLogging(levelFor("fatal", context.verbosity), context.streams);
  using platform = machinePlatform(settings);
  await using opened = new AsyncDisposableStack();
  const stores = await openStores(settings, storesInOrder, platform);
  for (const store of stores) opened.use(store);
  const { clock } = platform;
  const deadline = settings.notify.lookup.timeout;
  const results = await queryStores(stores, user, { clock, deadline, signal: context.signal });
  if (json) out(writeJson({ user, stores: results.map(resultDocument) }));
  else for (const result of results) out(describeResult(result, { withQueries: true }));
  return hasAddress(results) ? ExitCode.ok : ExitCode.failed;
}
