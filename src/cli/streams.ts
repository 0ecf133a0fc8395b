/**
 * Where commands write.
 *
 * @module
 */

/** The output of a command. Each call writes a line, or several. */
export interface Streams {
  /** Results. */
  readonly out: (text: string) => void;
  /** Problems and progress. */
  readonly err: (text: string) => void;
  /** Whether problems and progress are read by a person at a terminal. */
  readonly errIsTerminal: boolean;
}

/** Something that bytes are written to, such as `Deno.stdout`. */
export interface Writer {
  /** Writes some of the bytes, and returns how many. */
  writeSync(bytes: Uint8Array): number;
}

const PAUSE = 5; // milliseconds

/**
 * The process's own streams.
 *
 * @param onClosed Called when whoever read the results has had enough (`... | head`).
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
        // A full disk below the log, say: there is nobody left to tell, and work goes on.
      }
    },
    errIsTerminal: Deno.stderr.isTerminal(),
  };
}

/** Writes it all, with a line break at its end; `false` when nobody reads it any more. */
export function writeLines(writer: Writer, text: string): boolean {
  let rest = new TextEncoder().encode(text.endsWith("\n") ? text : `${text}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writer.writeSync(rest));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      // Another program made the pipe or terminal that it shares with us one that does not wait.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
  return true;
}
