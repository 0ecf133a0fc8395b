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

/** The process's own streams. */
export function processStreams(): Streams {
  return {
    out: (text) => writeAll(Deno.stdout, text),
    err: (text) => writeAll(Deno.stderr, text),
    errIsTerminal: Deno.stderr.isTerminal(),
  };
}

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  let rest = new TextEncoder().encode(text.endsWith("\n") ? text : `${text}\n`);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    // Whoever read it has had enough (`... | head`).
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
