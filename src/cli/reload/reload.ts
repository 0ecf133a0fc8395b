/**
 * Reads the configuration again while the service runs.
 *
 * @module
 */

import type { App } from "../../app/app.ts";
import { machinePlatform } from "../../app/platform.ts";
import { needsAdministrator, StartError } from "../../app/start_error.ts";
import { loadSettings } from "../../config/load.ts";
import type { ConfigEnvironment } from "../../config/source/environment.ts";
import { openLog } from "../../system/log_events.ts";
import type { ServiceManager } from "../../system/service_manager.ts";
import type { Loaded } from "../load_configuration.ts";
import { levelFor, type Logging } from "../logging.ts";
import type { Needs } from "../permissions.ts";
import type { Hangups } from "./hangups.ts";
import { logProblem, logRefused } from "./log_problems.ts";
import { needsOf } from "./needs.ts";

const log = openLog("app");

const UNCHANGED = "the service goes on as before; correct it, and reload again";
const NOT_KEPT = "set server.reload to true, and restart the service; or restart it each time: " +
  "nothing that the homeserver sends is lost";

/** The configuration with `server.reload: true`. */
export function withReload(loaded: Loaded): Loaded {
  const { settings } = loaded;
  return { ...loaded, settings: { ...settings, server: { ...settings.server, reload: true } } };
}

/** What reading it again needs. */
export interface ReloadOptions {
  readonly app: Pick<App, "reload">;
  /** The configuration that the service started with. */
  readonly started: Loaded;
  /** Whether the command line says that it is read again. */
  readonly reloads: boolean;
  readonly environment: ConfigEnvironment;
  /** How much more is logged than configured, as on the command line. */
  readonly verbosity: number;
  readonly logging: Pick<Logging, "hide" | "renew">;
  readonly manager: Pick<ServiceManager, "tell" | "tellReloading">;
}

/** Reads the configuration again whenever the process is told to, until the signal is aborted. */
export async function reloadOnHangup(
  hangups: Pick<Hangups, "next">,
  options: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  const { manager } = options;
  while (!signal.aborted) {
    await hangups.next(signal);
    if (signal.aborted) return;
    manager.tellReloading();
    const isReloaded = await reload(options);
    const status = isReloaded ? "listening" : "listening; configuration not reloaded, see the log";
    if (!signal.aborted) manager.tell(`READY=1\nSTATUS=${status}`);
  }
}

/** Reads it once; returns whether it is in effect. Never rejects. */
async function reload(options: ReloadOptions): Promise<boolean> {
  const { app, started, environment, verbosity, logging } = options;
  if (!started.settings.server.reload) {
    const reason = "the service gave up the permission to read files";
    log.warn("configuration not reloaded", { reason, advice: NOT_KEPT });
    return false;
  }
  try {
    const read = await loadSettings(started.file, environment);
    if (read.kind === "refused") {
      logRefused(read.problems, UNCHANGED);
      return false;
    }
    const result = options.reloads ? withReload(read) : read;
    const { settings, storesInOrder } = result;
    logging.hide(settings);
    requireKept(needsOf(started), needsOf(result));
    const { changed, atStart } = await app.reload(settings, storesInOrder, machinePlatform);
    logging.renew(levelFor(settings.logging.level, verbosity), settings);
    for (const problem of result.problems) logProblem(problem);
    log.info("configuration reloaded", { changed });
    if (atStart.length > 0) {
      const advice = "restart the service: it goes on with the values that it started with";
      log.warn("settings wait for a restart", { keys: atStart, advice });
    }
    return true;
  } catch (error) {
    const reason = needsAdministrator(error) ? error.message : undefined;
    log.error("configuration not reloaded", {
      ...reason === undefined ? { error } : { reason },
      advice: UNCHANGED,
    });
    return false;
  }
}

// What was given up cannot be had again.
function requireKept(kept: Needs, needed: Needs): void {
  const missing = [
    ...needed.run && !kept.run ? ["run programs (exec, sendmail)"] : [],
    ...needed.write && !kept.write ? ["write files (the connector file)"] : [],
  ];
  if (missing.length === 0) return;
  throw new StartError(
    `it needs the permission to ${missing.join(", and to ")}, which the service gave up when it ` +
      "started: restart it",
  );
}
