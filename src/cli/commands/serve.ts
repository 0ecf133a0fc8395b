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
import type { Settings, StoreName } from "../../config/sections/settings.ts";
import { transportKind } from "../../config/sections/transport_kind.ts";
import type { Problem } from "../../config/source/problem.ts";
import { systemClock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { openServiceManager } from "../../system/service_manager.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration, type Loaded } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import type { Needs } from "../permissions.ts";

const log = openLog("app");

// The time that systemd gives a start begins anew with each (a minute).
const WAITING = "STATUS=waiting for the database\nEXTEND_TIMEOUT_USEC=60000000";

/** Runs the service until it is asked to stop. */
export async function serve(context: CommandContext): Promise<ExitCode> {
  const loaded = await loadConfiguration(context, { reportsProblems: true });
  if (!loaded) return ExitCode.configuration;
  const { settings, storesInOrder } = loaded;
  const level = levelFor(settings.logging.level, context.verbosity);
  await using _logging = await openLogging(level, context.streams, settings);
  for (const problem of loaded.problems) logProblem(problem);
  await using opened = new AsyncDisposableStack();
  const manager = opened.use(await openServiceManager(context.environment().env, systemClock));
  using _hangups = answerHangups(context);
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
    await runBoth(app.run, start.afterwards, context.signal);
  } catch (error) {
    if (!needsAdministrator(error)) throw error;
    log.error("cannot continue", { reason: error.message });
    return ExitCode.unavailable;
  }
  await opened.disposeAsync();
  log.info("stopped");
  return ExitCode.ok;
}

// A terminal that is closed ends what runs in it; to a service, SIGHUP means to read its configuration
// again.
function answerHangups({ streams }: CommandContext): Disposable {
  if (streams.errIsTerminal) return { [Symbol.dispose]() {} };
  function onHangup(): void {
    log.warn("configuration not reloaded", {
      advice: "restart the service: nothing it has is lost",
    });
  }
  Deno.addSignalListener("SIGHUP", onHangup);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", onHangup) };
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
  const needs = needsOf(settings, storesInOrder);
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

// Until both have ended, or one has failed.
async function runBoth(
  one: (signal: AbortSignal) => Promise<void>,
  other: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const running = [one(stop), other(stop)];
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

function needsOf(settings: Settings, storesInOrder: readonly StoreName[]): Needs {
  const transport = transportKind(settings);
  return {
    read: readsFiles(settings, storesInOrder) || transport === "file",
    write: transport === "file",
    run: storesInOrder.includes("exec") || transport === "sendmail",
  };
}

function logProblem({ severity, file, line, column, key, message }: Problem): void {
  const data = { place: `${file}:${line}:${column}`, key, message };
  if (severity === "notice") log.info("configuration notice", data);
  else log.warn("configuration warning", data);
}

// SQLite and a file of people are read from disk; the other databases are servers.
function readsFiles(settings: Settings, storesInOrder: readonly StoreName[]): boolean {
  if (storesInOrder.includes("memory") && settings.memory.file !== undefined) return true;
  if (storesInOrder.includes("sql") && settings.sql.type === "sqlite") return true;
  const isWordpressFile = settings.wordpress.sql.type === "sqlite";
  if (storesInOrder.includes("wordpress") && isWordpressFile) return true;
  // Rooms are looked up in Synapse's database even if people are not.
  const { type, connection } = settings.synapseSql;
  return type === "sqlite" && connection !== undefined;
}
