/**
 * The thread of `let_others_in_test.ts` that sends requests, each with how much work was done until then.
 *
 * @module
 */

// The types of a worker's global scope would replace those of the whole program.
const thread = globalThis as unknown as Pick<Worker, "onmessage">;

const PAUSE_MS = 3;

/** Where it sends how many requests, and where the work counts. */
export interface Asking {
  readonly port: number;
  readonly requests: number;
  readonly done: Int32Array;
}

thread.onmessage = async ({ data: { port, requests, done } }: MessageEvent<Asking>) => {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  for (let request = 0; request < requests; request++) {
    await connection.write(new Uint8Array(new Int32Array([Atomics.load(done, 0)]).buffer));
    await connection.read(new Uint8Array(1));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
};
