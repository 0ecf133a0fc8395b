/**
 * A mail server that takes mails as fast as they come and only counts them, in a thread of its own.
 *
 * @module
 */

/** A running server. */
export interface CountingSink extends Disposable {
  readonly port: number;
  /** How many mails it has taken. */
  readonly count: number;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startCountingSink(): Promise<CountingSink> {
  const worker = new Worker(new URL("counting_sink_worker.ts", import.meta.url), {
    type: "module",
  });
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const listening = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => listening.resolve(data);
  worker.postMessage(taken);
  return {
    port: await listening.promise,
    get count() {
      return Atomics.load(taken, 0);
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}
