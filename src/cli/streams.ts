/**
 * Provides the streams that commands write their output to.
 *
 * @module
 */

import { systemClock } from "../system/clock.ts";
import { type DescribeDropped, OutputQueue } from "./output_queue.ts";

/** The output of a command. Each call adds one or more lines, and returns before they are written. */
export interface Streams {
  /** Results. */
  readonly out: (text: string) => void;
  /** Problems, progress and log lines. They are dropped and counted while the reader stands still. */
  readonly err: (text: string) => void;
  /** Sets the format of the line that says how many of them were dropped. */
  readonly describeDropped?: ((describe: DescribeDropped) => void) | undefined;
  /** Whether problems and progress go to a terminal. */
  readonly errIsTerminal: boolean;
  /** Whether results may have colours: they go to a terminal, and NO_COLOR is not set. */
  readonly outColors?: boolean | undefined;
  /** Whether problems and progress may have colours. */
  readonly errColors?: boolean | undefined;
}

/** The streams of a process, which are closed at its end. */
export interface ProcessStreams extends Streams {
  /** Writes what waits, and resolves with whether all results were written. */
  readonly close: () => Promise<boolean>;
}

/**
 * The process's own streams.
 *
 * @param onClosed Called when the reader of the results has closed the pipe (`... | head`), or they
 * cannot be written.
 */
export function processStreams(onClosed: () => void): ProcessStreams {
  const { stdout: out, stderr: err } = Deno;
  const queue = new OutputQueue({ out, err, clock: systemClock, onClosed });
  return {
    out: (text) => queue.out(text),
    err: (text) => queue.err(text),
    describeDropped: (describe) => {
      queue.describeDropped = describe;
    },
    errIsTerminal: err.isTerminal(),
    outColors: out.isTerminal() && !Deno.noColor,
    errColors: err.isTerminal() && !Deno.noColor,
    close: () => queue.close(),
  };
}
