/**
 * Named pipes, by which a test hears of other processes: that they are there, and that none of them
 * is any more.
 *
 * @module
 */

import assert from "node:assert/strict";

/** A named pipe's reading end. */
export interface PipeReader extends Disposable {
  /** What was written next; `undefined` when nobody has the pipe open for writing any more. */
  next(): Promise<string | undefined>;
}

/** Makes a named pipe. */
export async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success, `Cannot make the named pipe ${path}`);
}

/** Opens it, once somebody opens it for writing. */
export async function openPipe(path: string): Promise<PipeReader> {
  const file = await Deno.open(path);
  const buffer = new Uint8Array(1024);
  return {
    async next() {
      const length = await file.read(buffer);
      return length === null ? undefined : new TextDecoder().decode(buffer.subarray(0, length));
    },
    [Symbol.dispose]: () => file.close(),
  };
}
