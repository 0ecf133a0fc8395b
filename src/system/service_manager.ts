/**
 * Tells systemd how the service is (sd_notify(3)).
 *
 * A thread has the socket: to send something to it needs the permission to write that path each time,
 * which the service itself gives up.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { openLog } from "./log_events.ts";
import { programFile } from "./program_file.ts";

const log = openLog("app");

// How long the first and the last message may take.
const FIRST_MS = 10_000;
const LAST_MS = 1000;
const SECOND = 1000;
const MICROSECONDS = 1000;

/** What the thread is told to send, or that it is to close its socket. */
export interface ManagerOrder {
  /** Its own address, and that of the service manager. */
  readonly own: string;
  readonly manager: string;
  readonly message: string;
}

/** What became of it: why it failed, if it did. */
export interface ManagerResult {
  readonly failure: string | undefined;
}

/** The service manager. Its disposal waits a moment for the last message. */
export interface ServiceManager extends AsyncDisposable {
  /** Sends assignments such as `READY=1`. Failures are logged. */
  tell(message: string): void;
  /** Tells that the configuration is being read again, until the next `READY=1`. */
  tellReloading(): void;
  /**
   * Sends a sign of life as often as the unit's `WatchdogSec` asks for it, until the signal is aborted.
   * It comes from this thread: while that is blocked, there is none.
   */
  watch(signal: AbortSignal): Promise<void>;
}

/** For a service that nobody manages. */
const NOBODY: ServiceManager = {
  tell() {},
  tellReloading() {},
  watch: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Opens it, by the variables that systemd sets; without them nobody is told. Once it has resolved, it
 * needs no permission of this thread any more.
 */
export async function openServiceManager(
  env: (name: string) => string | undefined,
  clock: Clock,
): Promise<ServiceManager> {
  const manager = env("NOTIFY_SOCKET");
  if (manager === undefined || manager === "") return NOBODY;
  if (!manager.startsWith("/")) {
    const reason = "NOTIFY_SOCKET is not a path: abstract sockets are not supported";
    log.warn("service manager not told", { reason });
    return NOBODY;
  }
  let folder: string;
  try {
    folder = await Deno.makeTempDir({ prefix: "appservice-mxisd-" });
  } catch (error) {
    log.warn("service manager not told", { error });
    return NOBODY;
  }
  return await openThread({ folder, manager, interval: watchdogInterval(env), clock });
}

// Half of what systemd allows; `undefined` if it does not watch this process.
function watchdogInterval(env: (name: string) => string | undefined): number | undefined {
  const pid = env("WATCHDOG_PID");
  if (pid !== undefined && pid !== String(Deno.pid)) return undefined;
  const limit = Number(env("WATCHDOG_USEC"));
  return Number.isFinite(limit) && limit > 0 ? limit / MICROSECONDS / 2 : undefined;
}

interface ThreadOptions {
  /** A new folder for the socket of our own. */
  readonly folder: string;
  readonly manager: string;
  readonly interval: number | undefined;
  readonly clock: Clock;
}

async function openThread(
  { folder, manager, interval, clock }: ThreadOptions,
): Promise<ServiceManager> {
  const own = join(folder, "socket");
  const thread = new Worker(programFile("src/system/service_manager_thread.ts"), {
    type: "module",
    name: "service manager",
    deno: {
      permissions: {
        read: [folder, manager],
        write: [folder, manager],
        env: false,
        ffi: false,
        import: false,
        // Unix sockets count as network as well, and cannot be named in every version of Deno.
        net: "inherit",
        run: false,
        sys: false,
      },
    },
  });
  const bootedFor = timeSinceBoot();
  let waiting = 0;
  let hasFailed = false;
  let done = Promise.withResolvers<void>();
  done.resolve();

  function failed(reason: unknown): void {
    if (!hasFailed) log.warn("service manager not told", { reason });
    hasFailed = true;
  }
  thread.onmessage = ({ data }: MessageEvent<ManagerResult>) => {
    if (data.failure !== undefined) failed(data.failure);
    if (--waiting === 0) done.resolve();
  };
  // A defect of the thread.
  thread.onerror = (event) => {
    event.preventDefault();
    failed(event.message);
    done.resolve();
  };

  const service: ServiceManager = {
    tell(message) {
      if (waiting++ === 0) done = Promise.withResolvers();
      thread.postMessage({ own, manager, message } satisfies ManagerOrder);
    },
    tellReloading() {
      const time = bootedFor === undefined ? "" : `\nMONOTONIC_USEC=${bootedFor()}`;
      service.tell(`RELOADING=1${time}`);
    },
    async watch(signal) {
      if (interval === undefined) return;
      while (!signal.aborted) {
        service.tell("WATCHDOG=1");
        await clock.sleep(interval, signal);
      }
    },
    async [Symbol.asyncDispose]() {
      await told(LAST_MS);
      thread.terminate();
    },
  };
  async function told(within: number): Promise<void> {
    const late = new AbortController();
    await Promise.race([done.promise, clock.sleep(within, late.signal)]);
    late.abort();
  }
  service.tell("STATUS=starting");
  await told(FIRST_MS);
  return service;
}

// The time since the machine booted, in microseconds, as systemd compares it with its own (CLOCK_MONOTONIC):
// for one before its request it would wait for ever. So it is rather a second ahead, as Deno tells it in
// whole seconds, and at the start alone, because the permission is given up.
function timeSinceBoot(): (() => number) | undefined {
  try {
    const ahead = (Deno.osUptime() + 1) * SECOND - performance.now();
    return () => Math.round((ahead + performance.now()) * MICROSECONDS);
  } catch {
    return undefined;
  }
}
