/**
 * The command `lookup`: what each identity store says of a person.
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
import { describeAnswer, haveAddress } from "../store_answer.ts";

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
  const answers = await queryStores(stores, user, { clock, deadline, signal: context.signal });
  for (const answer of answers) out(describeAnswer(answer));
  return haveAddress(answers) ? ExitCode.ok : ExitCode.failed;
}
