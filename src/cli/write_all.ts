/**
 * Writes a text to a stream of the process.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";

/** A file to write to, such as `Deno.stderr`. */
export interface Writer {
  /** Writes some of the bytes, and resolves with how many. */
  write(bytes: Uint8Array): Promise<number>;
}

const RETRY_PAUSE_MS = 5;
const LINE_BREAK = 10;

/**
 * Writes the whole text; it may take as long as the reader stands still.
 *
 * @param onWritten Called after each write, with whether it ended at the end of a line.
 * @throws What the writer rejects with, such as {@linkcode Deno.errors.BrokenPipe}.
 */
export async function writeAll(
  writer: Writer,
  text: string,
  clock: Pick<Clock, "sleep">,
  onWritten: (isLineEnd: boolean) => void = () => {},
): Promise<void> {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    try {
      const count = await writer.write(rest);
      if (count > 0) onWritten(rest[count - 1] === LINE_BREAK);
      rest = rest.subarray(count);
    } catch (error) {
      // Another process made the pipe or terminal that both share non-blocking.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await clock.sleep(RETRY_PAUSE_MS);
    }
  }
}
