/**
 * Sessions that are used again, never more than so many at a time.
 *
 * @module
 */

import { SECOND } from "../../settings/duration.ts";
import type { Clock } from "../../system/clock.ts";
import { SmtpError, smtpError } from "./error.ts";
import type { SmtpSession } from "./session.ts";

/** What a pool is made with. */
export interface PoolOptions {
  /** How many sessions there may be at the same time. */
  readonly size: number;
  /** The time. */
  readonly clock: Clock;
}

/** A pool of sessions. */
export interface SmtpPool {
  /**
   * Does some work with a session: one that is there, else one that is opened for it. A session
   * that turns out to have died while nobody used it is replaced, once.
   *
   * @throws {SmtpError} When it fails.
   */
  run<Result>(
    open: () => Promise<SmtpSession>,
    work: (session: SmtpSession) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
  /** Closes all sessions; one that is in use when its work is done. */
  close(): Promise<void>;
}

// Longer than the pauses within a burst of mails, shorter than servers put up with.
const IDLE = 20 * SECOND;
// Servers that count let at least so many mails through.
const MAILS_A_SESSION = 100;

interface Idle {
  readonly session: SmtpSession;
  readonly mails: number;
  readonly leave: AbortController;
}

/** Opens a pool without a session in it. */
export function openPool({ size, clock }: PoolOptions): SmtpPool {
  let free = size;
  let closing = false;
  const queue: (() => void)[] = [];
  const idle: Idle[] = [];
  const closingSockets = new Set<Promise<void>>();

  async function enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw smtpError("connect", "EABORT");
    if (free > 0) {
      free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const go = () => {
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const stop = () => {
      queue.splice(queue.indexOf(go), 1);
      reject(smtpError("connect", "EABORT"));
    };
    queue.push(go);
    signal.addEventListener("abort", stop, { once: true });
    await promise;
  }

  function leave(): void {
    const next = queue.shift();
    if (next === undefined) free++;
    else next();
  }

  function part(session: SmtpSession): void {
    const farewell = session.close().finally(() => closingSockets.delete(farewell));
    closingSockets.add(farewell);
  }

  function keep(session: SmtpSession, mails: number): void {
    if (closing || !session.usable || mails >= MAILS_A_SESSION) return part(session);
    const entry = { session, mails, leave: new AbortController() };
    idle.push(entry);
    clock.sleep(IDLE, entry.leave.signal).then(() => {
      const at = idle.indexOf(entry);
      if (at < 0) return;
      idle.splice(at, 1);
      part(session);
    });
  }

  function takeIdle(): Idle | undefined {
    for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
      entry.leave.abort();
      if (entry.session.usable) return entry;
      part(entry.session);
    }
    return undefined;
  }

  return {
    async run(open, work, signal) {
      await enter(signal);
      try {
        const old = takeIdle();
        if (old !== undefined) {
          try {
            return await work(old.session);
          } catch (error) {
            if (!wasStale(error) || signal.aborted) throw error;
          } finally {
            keep(old.session, old.mails + 1);
          }
        }
        const session = await open();
        try {
          return await work(session);
        } finally {
          keep(session, 1);
        }
      } finally {
        leave();
      }
    },
    async close() {
      closing = true;
      for (let entry = takeIdle(); entry !== undefined; entry = takeIdle()) part(entry.session);
      await Promise.all(closingSockets);
    },
  };
}

// The connection ended before the server said a word about the mail.
function wasStale(error: unknown): boolean {
  if (!(error instanceof SmtpError) || error.codes.stage !== "sender") return false;
  const { replyCode, networkCode } = error.codes;
  return replyCode === 421 || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(networkCode ?? "");
}
