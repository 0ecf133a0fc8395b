/**
 * Tells the processes of one PostgreSQL of each other's work.
 *
 * A notification takes a lock on the whole database when its transaction commits: it is sent by itself,
 * after the work was committed, and seldom. Behind it the database is polled, as a notification may be
 * missed, and a pooler does not pass them on.
 *
 * @module
 */

import { onAbort } from "../../net/abort.ts";
import type { Clock } from "../../system/clock.ts";
import type { Connection } from "./connection.ts";

const MIN_PAUSE_MS = 100;
const POLL_MS = 3000;
// Where notifications come, polling is for those that are missed.
const LISTENING_POLL_MS = 15_000;
const RECONNECT_MS = 5000;

/** The way to the other processes. */
export interface Notifications extends AsyncDisposable {
  /** Calls the listener whenever others may have made work. */
  start(listener: () => void): void;
  /** Tells the others. */
  send(): void;
}

/** What notifications are sent and received with. */
export interface NotificationOptions {
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly channel: string;
  /** Opens a connection; the function is called with the payload of each notification. */
  connect(onNotification: (payload: string) => void, signal: AbortSignal): Promise<Connection>;
}

/** Prepares notifications. They connect when they are started. */
export function openNotifications(
  { clock, random, channel, connect }: NotificationOptions,
): Notifications {
  const closed = new AbortController();
  const { signal } = closed;
  // A process gets its own notifications as well.
  const own = crypto.randomUUID();
  const running: Promise<void>[] = [];
  let listening: Connection | undefined;
  let isSending = false;

  const pause = (milliseconds: number) => clock.sleep(milliseconds * (0.75 + random() / 2), signal);

  async function listen(listener: () => void): Promise<void> {
    let isAgain = false;
    while (!signal.aborted) {
      try {
        const onNotification = (payload: string) => {
          if (payload !== own) listener();
        };
        const connection = await connect(onNotification, signal);
        using _closing = onAbort(signal, () => void connection.close());
        if (connection.isPooled) {
          await connection.close();
          return;
        }
        await connection.query({ sql: `LISTEN "${channel}"`, values: [] });
        listening = connection;
        // Something may have been missed meanwhile.
        if (isAgain) listener();
        isAgain = true;
        await connection.lost;
      } catch {
        // The next transaction says what is wrong with the server.
      }
      listening = undefined;
      await pause(RECONNECT_MS);
    }
  }

  async function poll(listener: () => void): Promise<void> {
    while (!signal.aborted) {
      await pause(listening ? LISTENING_POLL_MS : POLL_MS);
      if (!signal.aborted) listener();
    }
  }

  async function send(): Promise<void> {
    // What is made meanwhile is told with it.
    await clock.sleep(MIN_PAUSE_MS, signal);
    isSending = false;
    if (signal.aborted || !listening) return;
    try {
      await listening.query({ sql: "SELECT pg_notify(?, ?)", values: [channel, own] });
    } catch {
      // The others poll.
    }
  }

  return {
    start: (listener) => void running.push(listen(listener), poll(listener)),
    send() {
      if (isSending || signal.aborted) return;
      isSending = true;
      void send();
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      await Promise.all(running);
    },
  };
}
