/**
 * Named pipes, by which a test learns that other processes have started, and that all have ended.
 *
 * @module
 */

import assert from "node:assert/strict";

/** The reading end of a named pipe. */
export interface PipeReader extends Disposable {
  /** Reads what was written next; `undefined` when no process has the pipe open for writing. */
  next(): Promise<string | undefined>;
}

/** Creates a named pipe. */
export async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success, `Cannot make the named pipe ${path}`);
}

/** Opens a named pipe for reading; waits until a process opens it for writing. */
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
