/**
 * Writes the output of commands.
 *
 * @module
 */

/** The output of a command. Each call writes one or more lines. */
export interface Streams {
  /** Results. */
  readonly out: (text: string) => void;
  /** Problems and progress. */
  readonly err: (text: string) => void;
  /** Whether problems and progress go to a terminal. */
  readonly errIsTerminal: boolean;
}

/** A file to write to, such as `Deno.stdout`. */
export interface Writer {
  /** Writes some of the bytes, and returns how many. */
  writeSync(bytes: Uint8Array): number;
}

const RETRY_PAUSE_MS = 5;

/**
 * The process's own streams.
 *
 * @param onClosed Called when the reader of the results has closed the pipe (`... | head`).
 */
export function processStreams(onClosed: () => void): Streams {
  return {
    out: (text) => {
      if (!writeLines(Deno.stdout, text)) onClosed();
    },
    err: (text) => {
      try {
        writeLines(Deno.stderr, text);
      } catch {
        // For example a full disk: it cannot be reported anywhere, and work continues.
      }
    },
    errIsTerminal: Deno.stderr.isTerminal(),
  };
}

/** Writes all of it, with a line break at its end; `false` when the reader has closed the pipe. */
export function writeLines(writer: Writer, text: string): boolean {
  let rest = new TextEncoder().encode(text.endsWith("\n") ? text : `${text}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writer.writeSync(rest));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      // Another process made the pipe or terminal that both share non-blocking.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_PAUSE_MS);
    }
  }
  return true;
}
