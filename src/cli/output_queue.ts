/**
 * Writes the output of the program in order, without waiting for its reader.
 *
 * A reader may stand still, and a disk may be full: the service goes on. Results are kept until they
 * are written; of problems and log lines, a limited amount waits, and what does not fit is counted.
 *
 * @module
 */

import type { Clock } from "../system/clock.ts";
import { describeFileError } from "../system/file_error.ts";
import { writeAll, type Writer } from "./write_all.ts";

/** What a queue writes to. */
export interface OutputQueueOptions {
  /** Takes the results. */
  readonly out: Writer;
  /** Takes problems, progress and log lines. */
  readonly err: Writer;
  readonly clock: Pick<Clock, "sleep">;
  /** Called when no more results can be written: the reader has closed the pipe (`... | head`). */
  readonly onClosed: () => void;
}

/** Formats the line that says how many lines were dropped. */
export type DescribeDropped = (lines: number) => string;

interface Entry {
  readonly stream: "out" | "err";
  readonly text: string;
  /** How many lines are lost if it is. */
  readonly lines: number;
}

const MAX_WAITING_CHARS = 2 ** 20;
const MAX_BATCH_CHARS = 2 ** 16;
const MAX_CLOSE_MS = 2_000;

/** The queue. Both streams share it, so that their lines stay in order on a terminal. */
export class OutputQueue {
  /** Formats the notice of lines that were dropped. */
  describeDropped: DescribeDropped = (lines) => `${lines} lines dropped`;
  readonly #options: OutputQueueOptions;
  readonly #abandoned = Promise.withResolvers<void>();
  readonly #entries: Entry[] = [];
  readonly #out = { closed: false, failed: false };
  // `failing` until a write succeeds, `inLine` when the last one ended within a line.
  readonly #err = { waitingChars: 0, dropped: 0, failing: false, inLine: false, abandoned: false };
  #writing: Promise<void> | undefined;

  /** Opens it. */
  constructor(options: OutputQueueOptions) {
    this.#options = options;
  }

  /** Adds a result, of one or more lines. */
  out(text: string): void {
    if (!this.#out.closed) this.#add("out", endLine(text));
  }

  /** Adds problems, progress or log lines; what does not fit is dropped and counted. */
  err(text: string): void {
    const whole = endLine(text);
    const { waitingChars } = this.#err;
    if (waitingChars > 0 && waitingChars + whole.length > MAX_WAITING_CHARS) {
      this.#err.dropped += countLines(whole);
      return;
    }
    this.#reportDropped();
    this.#add("err", whole);
  }

  /**
   * Resolves when everything is written, with whether all results were. What still waits for standard
   * error after two seconds is given up.
   */
  async close(): Promise<boolean> {
    const written = new AbortController();
    void this.#options.clock.sleep(MAX_CLOSE_MS, written.signal).then(() => {
      this.#err.abandoned = true;
      this.#abandoned.resolve();
    });
    while (this.#writing) await this.#writing;
    written.abort();
    return !this.#out.failed;
  }

  #reportDropped(): void {
    const { dropped } = this.#err;
    if (dropped === 0) return;
    this.#err.dropped = 0;
    this.#add("err", endLine(this.describeDropped(dropped)), dropped);
  }

  #add(stream: Entry["stream"], text: string, lines = countLines(text)): void {
    this.#entries.push({ stream, text, lines });
    if (stream === "err") this.#err.waitingChars += text.length;
    this.#writing ??= this.#writeEntries();
  }

  async #writeEntries(): Promise<void> {
    // What is added in one go is written in one go.
    await Promise.resolve();
    for (let batch = this.#takeBatch(); batch; batch = this.#takeBatch()) {
      if (batch.stream === "out") await this.#writeResults(batch);
      else if (!this.#err.abandoned) {
        await Promise.race([this.#writeProblems(batch), this.#abandoned.promise]);
      }
    }
    this.#writing = undefined;
  }

  // The next entries of one stream, as one.
  #takeBatch(): Entry | undefined {
    const { failing, abandoned } = this.#err;
    if (this.#entries.length === 0 && !failing && !abandoned) this.#reportDropped();
    const [first] = this.#entries;
    if (!first) return undefined;
    const { stream } = first;
    let count = 0;
    for (let chars = 0; count < this.#entries.length; count++) {
      const entry = this.#entries[count];
      chars += entry?.text.length ?? 0;
      if (entry?.stream !== stream || (count > 0 && chars > MAX_BATCH_CHARS)) break;
    }
    const taken = this.#entries.splice(0, count);
    const text = taken.map((entry) => entry.text).join("");
    if (stream === "err") this.#err.waitingChars -= text.length;
    return { stream, text, lines: taken.reduce((sum, { lines }) => sum + lines, 0) };
  }

  async #writeResults({ text }: Entry): Promise<void> {
    if (this.#out.closed) return;
    const { out, clock, onClosed } = this.#options;
    try {
      await writeAll(out, text, clock);
    } catch (error) {
      this.#out.closed = true;
      if (!(error instanceof Deno.errors.BrokenPipe)) {
        this.#out.failed = true;
        this.err(`The results cannot be written: ${describeFileError(error, undefined, "write")}`);
      }
      onClosed();
    }
  }

  // A failure cannot be reported anywhere. The lines are counted, and the next ones try again.
  async #writeProblems({ text, lines }: Entry): Promise<void> {
    const { err, clock } = this.#options;
    try {
      await writeAll(err, this.#err.inLine ? `\n${text}` : text, clock, (isLineEnd) => {
        this.#err.inLine = !isLineEnd;
      });
      this.#err.failing = false;
    } catch {
      this.#err.failing = true;
      this.#err.dropped += lines;
    }
  }
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
