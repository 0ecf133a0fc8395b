/**
 * Receives SIGHUP, by which a service is told to read its configuration again.
 *
 * @module
 */

/** The signals that have arrived. */
export interface Hangups extends Disposable {
  /** Resolves when one has arrived since the last call, or the other signal is aborted. */
  next(signal: AbortSignal): Promise<void>;
}

/** Listens for them. Several that arrive before the next call are one. */
export function listenForHangups(): Hangups {
  let arrived = Promise.withResolvers<void>();
  const onHangup = () => arrived.resolve();
  Deno.addSignalListener("SIGHUP", onHangup);
  return {
    async next(signal) {
      const aborted = Promise.withResolvers<void>();
      const onAbort = () => aborted.resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      await Promise.race([arrived.promise, aborted.promise]);
      signal.removeEventListener("abort", onAbort);
      if (!signal.aborted) arrived = Promise.withResolvers();
    },
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", onHangup),
  };
}
