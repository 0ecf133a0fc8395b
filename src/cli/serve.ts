/**
 * The command `serve`: the service itself.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { openApp, StartError } from "../app.ts";
import { machinePlatform } from "../parts.ts";
import type { CommandContext } from "./command.ts";
import { loadConfiguration } from "./configuration.ts";
import { ExitCode } from "./exit_code.ts";
import { keepRegistration } from "./keep_registration.ts";
import { configureLogging, endLogging, levelFor } from "./logging.ts";
import { giveUpPermissions } from "./permissions.ts";

const log = getLogger(["appservice-mxisd", "app"]);

/** Serves until it is asked to stop. */
export async function serve(context: CommandContext): Promise<ExitCode> {
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const { settings } = loaded;
  await configureLogging(
    levelFor(settings.logging.level, context.verbosity),
    context.streams,
  );
  try {
    const platform = machinePlatform();
    await keepRegistration(settings, platform.randomBytes);
    await using app = await openApp(settings, loaded.storesInOrder, platform);
    const email = settings.threepid.medium.email;
    const givenUp = await giveUpPermissions({
      read: settings.synapseSql.enabled,
      write: email.connector === "file",
    });
    log.debug("permissions given up", { permissions: givenUp });
    await app.run(context.signal);
    log.info("stopped");
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log.error(error.message);
    return ExitCode.unavailable;
  } finally {
    await endLogging();
  }
}
