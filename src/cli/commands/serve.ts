/**
 * The command `serve`: runs the service.
 *
 * @module
 */

import { type App, openApp } from "../../app/app.ts";
import { openHomeserverClient } from "../../app/homeserver.ts";
import { machinePlatform, type Platform } from "../../app/platform.ts";
import { changesLater, keepRegistration } from "../../app/registration.ts";
import { checkServerName, type ServerNameState, waitForServerName } from "../../app/server_name.ts";
import { needsAdministrator } from "../../app/start_error.ts";
import { systemClock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { openServiceManager } from "../../system/service_manager.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration, type Loaded } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import type { Needs } from "../permissions.ts";
import { openReloadEnvironment } from "../reload/environment.ts";
import { listenForHangups } from "../reload/hangups.ts";
import { logProblem } from "../reload/log_problems.ts";
import { needsOf } from "../reload/needs.ts";
import { reloadOnHangup, withReload } from "../reload/reload.ts";

const log = openLog("app");

// The time that systemd gives a start begins anew with each (a minute).
const WAITING = "STATUS=waiting for the database\nEXTEND_TIMEOUT_USEC=60000000";

/**
 * Runs the service until it is asked to stop.
 *
 * @param reloads Whether it reads the configuration again on SIGHUP, whatever that says.
 */
export async function serve(context: CommandContext, reloads = false): Promise<ExitCode> {
  // A terminal that is closed ends what runs in it.
  using hangups = context.streams.errIsTerminal ? undefined : listenForHangups();
  const environment = openReloadEnvironment(context.environment());
  const read = await loadConfiguration(
    { ...context, environment: () => environment.first },
    { reportsProblems: true },
  );
  if (!read) return ExitCode.configuration;
  const loaded = reloads ? withReload(read) : read;
  const { settings, storesInOrder } = loaded;
  const level = levelFor(settings.logging.level, context.verbosity);
  await using logging = await openLogging(level, context.streams, settings);
  for (const problem of loaded.problems) logProblem(problem);
  await using opened = new AsyncDisposableStack();
  const manager = opened.use(await openServiceManager(environment.first.env, systemClock));
  let app: App;
  let start: Start;
  try {
    const platform = opened.use(machinePlatform(settings));
    start = prepareStart(loaded, platform, context);
    const onWaiting = () => manager.tell(WAITING);
    const waiting = { signal: context.signal, onWaiting };
    const { beforeListening } = start;
    app = opened.use(await openApp(settings, storesInOrder, platform, beforeListening, waiting));
  } catch (error) {
    if (!needsAdministrator(error)) throw error;
    if (context.signal.aborted) {
      log.info("stopped");
      return ExitCode.ok;
    }
    for (const reason of error.message.split("\n")) log.error("cannot start", { reason });
    return ExitCode.unavailable;
  }
  manager.tell("READY=1\nSTATUS=listening");
  const onStop = () => manager.tell("STOPPING=1\nSTATUS=stopping");
  if (context.signal.aborted) onStop();
  else context.signal.addEventListener("abort", onStop, { once: true });
  const ended = new AbortController();
  const watched = manager.watch(ended.signal);
  opened.defer(async () => {
    ended.abort();
    await watched;
  });
  try {
    const reloading = {
      ...{ app, logging, manager },
      started: loaded,
      reloads,
      environment: environment.later,
      verbosity: context.verbosity,
    };
    await runAll([
      app.run,
      start.afterwards,
      ...hangups === undefined
        ? []
        : [(signal: AbortSignal) => reloadOnHangup(hangups, reloading, signal)],
    ], context.signal);
  } catch (error) {
    if (!needsAdministrator(error)) throw error;
    log.error("cannot continue", { reason: error.message });
    return ExitCode.unavailable;
  }
  await opened.disposeAsync();
  log.info("stopped");
  return ExitCode.ok;
}

/** What is done before and after the service begins to listen. */
interface Start {
  readonly beforeListening: () => Promise<void>;
  /** Settles what has to wait for the homeserver, while the service runs. */
  readonly afterwards: (signal: AbortSignal) => Promise<void>;
}

function prepareStart(
  { settings, storesInOrder }: Loaded,
  platform: Platform,
  { giveUpPermissions, signal }: CommandContext,
): Start {
  const { clock, randomBytes } = platform;
  const homeserver = openHomeserverClient(settings, platform);
  const needs = needsOf({ settings, storesInOrder });
  let serverName: ServerNameState = "unknown";
  let isLater = false;

  async function giveUp(needs: Needs): Promise<void> {
    log.debug("permissions given up", { permissions: await giveUpPermissions(needs) });
  }

  return {
    async beforeListening() {
      serverName = await checkServerName(settings, homeserver, signal);
      isLater = await changesLater(settings, serverName);
      if (!isLater) await keepRegistration(settings, randomBytes);
      await giveUp(isLater ? { ...needs, read: true, write: true } : needs);
    },
    async afterwards(signal) {
      if (serverName !== "unknown") return;
      if (!await waitForServerName(settings, homeserver, clock, signal) || !isLater) return;
      await keepRegistration(settings, randomBytes);
      await giveUp(needs);
    },
  };
}

// Until all have ended, or one has failed.
async function runAll(
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const running = works.map((work) => work(stop));
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}
