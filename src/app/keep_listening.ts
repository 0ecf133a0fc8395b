/**
 * Keeps the service listening, also when strangers use up the files that it may have open.
 *
 * @module
 */

import { MINUTE, SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";

const log = openLog("app");

/** What of a server is needed; the signal that it was opened with cuts all its connections. */
export type Server = Pick<Deno.HttpServer<Deno.NetAddr>, "addr" | "finished" | "shutdown">;

/** What listens until it is shut down. */
export interface Listener {
  readonly address: { readonly hostname: string; readonly port: number };
  /** Resolves when it was shut down, and the last response has been sent. */
  readonly finished: Promise<void>;
  /** Accepts nothing more; resolves when the last response has been sent. */
  shutdown(): Promise<void>;
}

/** What the listener depends on. */
export interface ListenerOptions {
  /** Opens the server. */
  readonly open: (cut: AbortSignal) => Server;
  /** Whether so many more files and connections can be opened. */
  readonly canOpen: (count: number) => boolean;
  readonly clock: Clock;
}

/** What to do when too few files can be opened. */
export const LIMIT_ADVICE: string =
  "raise the limit of open files (LimitNOFILE of systemd, ulimit -n), and let a proxy limit the " +
  "connections from one address";

// For a lookup and a mail at the same time, and for SQLite's temporary files.
const SPARE_DESCRIPTORS = 16;
const CHECK_MS = 5 * SECOND;
const MIN_PAUSE_MS = 100;

/**
 * Opens a server, and opens it again when it can accept no more, or when hardly any file can be opened
 * any more: then all its connections are cut, as Deno does not say which of them are idle. The
 * homeserver sends again what it got no response to.
 */
export function keepListening({ open, canOpen, clock }: ListenerOptions): Listener {
  const stop = new AbortController();
  let current = start();
  let mayCutAt = 0;
  let logAt = 0;
  const { hostname, port } = current.server.addr;
  const finished = run();
  return {
    address: { hostname, port },
    finished,
    shutdown() {
      stop.abort();
      return finished;
    },
  };

  function start() {
    const cut = new AbortController();
    const server = open(cut.signal);
    const failed = Promise.withResolvers<unknown>();
    server.finished.catch(failed.resolve);
    return { server, cut, failed: failed.promise };
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const reason = await trouble();
      if (reason === undefined) continue;
      warn(reason);
      current.cut.abort();
      await reopen();
      // What is still missing is not held by strangers.
      if (!canOpen(SPARE_DESCRIPTORS)) mayCutAt = clock.now() + MINUTE;
    }
    // It may be one that could not be opened again.
    await current.server.shutdown().catch(() => {});
  }

  async function trouble(): Promise<unknown> {
    using end = new DisposableStack();
    const woken = new AbortController();
    end.defer(() => woken.abort());
    const pause = clock.sleep(CHECK_MS, AbortSignal.any([stop.signal, woken.signal]));
    const error = await Promise.race([pause, current.failed]);
    if (stop.signal.aborted) return undefined;
    if (error !== undefined) return error;
    if (clock.now() < mayCutAt || canOpen(SPARE_DESCRIPTORS)) return undefined;
    return "hardly any more files can be opened";
  }

  async function reopen(): Promise<void> {
    for (let pause = MIN_PAUSE_MS; !stop.signal.aborted; pause = Math.min(2 * pause, CHECK_MS)) {
      try {
        current = start();
        return;
      } catch (error) {
        warn(error);
        await clock.sleep(pause, stop.signal);
      }
    }
  }

  function warn(reason: unknown): void {
    const now = clock.now();
    if (now < logAt) return;
    logAt = now + MINUTE;
    log.warn("all connections closed", { reason, advice: LIMIT_ADVICE });
  }
}
