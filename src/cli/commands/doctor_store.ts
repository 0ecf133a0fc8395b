/**
 * The command `doctor store`: checks an identity store.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { openStores } from "../../app/stores.ts";
import { type Settings, type StoreName, storeSections } from "../../config/sections/settings.ts";
import { parseUserId, type UserId } from "../../domain/user_id.ts";
import { checkStore, queryStores } from "../../identity/query_stores.ts";
import { printable, quoted } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import { describeFailure, describeResult, hasAddress, titleOf } from "../store_result.ts";
import { choices } from "../words.ts";

/** The command's arguments. */
export interface DoctorStoreArguments {
  /** The name of the store's section. */
  readonly store: string;
  /** A user to look up. */
  readonly user?: string | undefined;
}

/**
 * Checks a store and, if there is a user, looks them up: prints each query, the result and the time it
 * took. Fails when the store does, or returns no address of the user.
 */
export async function doctorStore(
  context: CommandContext,
  { store: name, user: text }: DoctorStoreArguments,
): Promise<ExitCode> {
  const { err } = context.streams;
  if (!isStore(name)) {
    err(`Unknown identity store ${quoted(name)}: ${choices(name, Object.keys(storeSections))}`);
    return ExitCode.usage;
  }
  const user = text === undefined ? undefined : parseUserId(text);
  if (text !== undefined && user === undefined) {
    err(`${printable(text)} is not a Matrix ID: write one such as @bob:example.org`);
    return ExitCode.usage;
  }
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  if (!loaded.storesInOrder.includes(name)) {
    err(`${name} is not enabled, so no user is looked up in it: write "enabled: true"`);
    return ExitCode.failed;
  }
  return await examine(loaded.settings, name, user, context);
}

function isStore(name: string): name is StoreName {
  return Object.hasOwn(storeSections, name);
}

async function examine(
  settings: Settings,
  name: StoreName,
  user: UserId | undefined,
  { verbosity, streams, signal }: CommandContext,
): Promise<ExitCode> {
  await using _logging = await openLogging(levelFor("fatal", verbosity), streams);
  using platform = machinePlatform(settings);
  await using opened = new AsyncDisposableStack();
  const stores = await openStores(settings, [name], platform);
  for (const store of stores) opened.use(store);
  const { clock } = platform;
  const limits = { clock, deadline: settings.notify.lookup.timeout, signal };
  let code: ExitCode = ExitCode.ok;
  for (const store of stores) {
    const { milliseconds, error } = await checkStore(store, limits);
    const summary = error ? describeFailure(store.name, error) : "is ready";
    streams.out(`${titleOf(store.name, milliseconds)} ${summary}`);
    if (error) code = ExitCode.failed;
  }
  if (user === undefined) return code;
  const results = await queryStores(stores, user, {
    ...limits,
    onQuery: (query) => streams.out(`query: ${printable(query)}`),
  });
  for (const result of results) streams.out(describeResult(result));
  return hasAddress(results) ? code : ExitCode.failed;
}
