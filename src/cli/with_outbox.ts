/**
 * Opens the outbox for a command, beside the running service.
 *
 * @module
 */

import { openOutboxBeside } from "../app/outbox.ts";
import { machinePlatform } from "../app/platform.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { Outbox } from "../outbox/port.ts";
import type { CommandContext } from "./command.ts";
import { ExitCode } from "./exit_code.ts";
import { loadConfiguration } from "./load_configuration.ts";

/** What a command works with. */
export interface OpenedOutbox {
  readonly outbox: Outbox;
  readonly settings: Settings;
  /** In milliseconds UTC. */
  readonly now: number;
}

/** Runs the work with the configured outbox. */
export async function withOutbox(
  context: CommandContext,
  work: (opened: OpenedOutbox) => Promise<ExitCode>,
): Promise<ExitCode> {
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const { settings } = loaded;
  using platform = machinePlatform(settings);
  await using outbox = await openOutboxBeside(settings, platform);
  return await work({ outbox, settings, now: context.now() });
}
