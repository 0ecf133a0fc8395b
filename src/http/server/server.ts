/**
 * An HTTP/1.1 server that strangers cannot exhaust: the number of its connections is limited, each
 * step of a client has a time limit, and bodies are read only as far as somebody wants them.
 *
 * @module
 */

import { MINUTE, SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { letOthersIn } from "../../system/let_others_in.ts";
import { openLog } from "../../system/log_events.ts";
import { openRefusalLog } from "../refusals.ts";
import { Connection, type RequestHandler } from "./connection.ts";
import { openTurns } from "./turns.ts";

const log = openLog("http");

/** What accepts connections. */
export interface Acceptor extends Pick<Deno.Listener, "accept" | "close"> {
  readonly addr: Deno.Addr;
}

/** What a server depends on. */
export interface HttpServerOptions {
  readonly listener: Acceptor;
  readonly handler: RequestHandler;
  /** How many connections there may be at once. */
  readonly maxConnections: number;
  readonly clock: Clock;
}

/** A server that listens until it is shut down. */
export interface HttpServer {
  /** Resolves when it was shut down, and the last response has been sent. */
  readonly finished: Promise<void>;
  /** Accepts nothing more, and closes idle connections; resolves as `finished` does. */
  shutdown(): Promise<void>;
}

/** What to do when there are too many connections. */
export const CONNECTIONS_ADVICE: string =
  "let a proxy limit the connections from one address, or raise the limit of open files " +
  "(LimitNOFILE of systemd, ulimit -n)";

// In one turn of the event loop, connections are accepted for so long, and their first requests begin for
// so long: what takes a millisecond each must not hold up everybody else when hundreds come together.
const MAX_HELD_MS = 4;
const MAX_ACCEPTED = 16;
const MAX_AT_ONCE = 4;
// How many turns of the event loop a connection waits for room.
const MAX_TURNS = 100;
const CHECK_MS = 5 * SECOND;
const PAUSE_MS = 100;

/** Serves HTTP on a listener. */
export function serveHttp(options: HttpServerOptions): HttpServer {
  const { listener, handler, maxConnections, clock } = options;
  const stop = new AbortController();
  // The one that was used longest ago comes first.
  const connections = new Map<Connection, Promise<void>>();
  const logRefusal = openRefusalLog(clock);
  const warn = openClosingLog(clock);
  const connectionOptions = {
    handler,
    onKept(connection: Connection) {
      const served = connections.get(connection);
      if (!served) return;
      connections.delete(connection);
      connections.set(connection, served);
    },
    firstTurn: openTurns({ maxMs: MAX_HELD_MS, maxAtOnce: MAX_AT_ONCE, clock }),
    onRefusal: (reason: string, method: string) => logRefusal({ reason, method }),
    monotonic: () => clock.monotonic(),
    now: () => clock.now(),
  };
  const finished = run();
  return {
    finished,
    shutdown() {
      stop.abort();
      return finished;
    },
  };

  async function run(): Promise<void> {
    const parts = [accept(), closeLate()];
    stop.signal.addEventListener("abort", () => {
      listener.close();
      for (const connection of connections.keys()) connection.finish();
    }, { once: true });
    await Promise.all(parts);
    await Promise.all(connections.values());
  }

  async function accept(): Promise<void> {
    let since = clock.monotonic();
    for (let accepted = 1; !stop.signal.aborted; accepted++) {
      try {
        await serve(await listener.accept());
        // What has come on these is read before the next ones may take their place.
        if (accepted < MAX_ACCEPTED && clock.monotonic() - since < MAX_HELD_MS) continue;
        await letOthersIn();
        since = clock.monotonic();
        accepted = 0;
      } catch (error) {
        if (stop.signal.aborted) return;
        // Usually too many files are open: what is idle makes room.
        warn(error);
        makeRoom();
        await clock.sleep(PAUSE_MS, stop.signal);
      }
    }
  }

  async function serve(accepted: Deno.Conn): Promise<void> {
    // Requests in progress are over in a moment, and then their connections can make room.
    for (let turn = 0; connections.size >= maxConnections; turn++) {
      if (turn === 0) warn("too many connections");
      if (makeRoom()) break;
      if (turn === MAX_TURNS || stop.signal.aborted) return accepted.close();
      await letOthersIn();
    }
    const connection = new Connection(accepted, connectionOptions);
    connections.set(connection, connection.serve().then(() => void connections.delete(connection)));
  }

  // Of those that wait for their client, the one that was used longest ago; before it those that were
  // never used.
  function makeRoom(): boolean {
    const now = clock.monotonic();
    let victim: Connection | undefined;
    for (const connection of connections.keys()) {
      if (!connection.mayMakeRoom(now)) continue;
      victim = connection.isNew ? connection : victim ?? connection;
      if (connection.isNew) break;
    }
    if (!victim) return false;
    victim.close();
    connections.delete(victim);
    return true;
  }

  async function closeLate(): Promise<void> {
    while (!stop.signal.aborted) {
      await clock.sleep(CHECK_MS, stop.signal);
      const now = clock.monotonic();
      for (const connection of connections.keys()) {
        if (connection.isLate(now)) connection.close();
      }
    }
  }
}

// Once a minute, with the number of connections since.
function openClosingLog(clock: Pick<Clock, "now">): (reason: unknown) => void {
  let count = 0;
  let quietUntil = 0;
  return (reason) => {
    count++;
    const now = clock.now();
    if (now < quietUntil) return;
    log.warn("connections closed", { reason, count, advice: CONNECTIONS_ADVICE });
    count = 0;
    quietUntil = now + MINUTE;
  };
}
