/**
 * Child processes: servers, and the program under test.
 *
 * @module
 */

import { Journal } from "./journal.ts";

// The service gives up what it does after eight seconds; the machine may be busy.
const STOP_MS = 60_000;

/** How to start a child process. */
export interface ChildOptions {
  /** Its name in error messages. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Its working directory. */
  readonly cwd: string;
  /** Its whole environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running process; disposing of it kills it. */
export class Child implements AsyncDisposable {
  /** The lines of its standard output and its standard error. */
  readonly lines: Journal<string>;
  /** Resolves when it has ended and its output was read. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #name: string;
  #reading: Promise<void> = Promise.resolve();

  /** Starts it. */
  constructor(options: ChildOptions) {
    const [program, ...args] = options.command;
    this.#name = options.name;
    this.lines = new Journal(`${options.name}'s lines`);
    this.#process = new Deno.Command(program, {
      args,
      cwd: options.cwd,
      clearEnv: true,
      env: { ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.ended = this.#follow();
  }

  /** The process's ID. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /**
   * Sends a signal and waits until the process has ended.
   *
   * @param within The time limit, in milliseconds.
   * @throws {Error} When it has not ended in time; it is killed then.
   */
  async stop(signal: Deno.Signal = "SIGTERM", within = STOP_MS): Promise<Deno.CommandStatus> {
    const late = new Error(`${this.#name} still runs ${within} ms after ${signal}`);
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(reject, within, late);
    try {
      this.#process.kill(signal);
      return await Promise.race([this.ended, promise]);
    } catch (error) {
      if (error !== late) return await this.ended;
      await this[Symbol.asyncDispose]();
      throw late;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits for the first line that matches, from the start of the process on.
   *
   * @param within The time limit, in milliseconds.
   * @throws {Error} When there is none in time, with the last lines.
   */
  async line(matches: (line: string) => boolean, within?: number): Promise<string> {
    try {
      return await this.lines.find(matches, within);
    } catch (cause) {
      throw new Error(`${this.#name} did not write the expected line:\n${this.tail()}`, { cause });
    }
  }

  /**
   * Stops reading its output until the result is disposed of, or it has ended. What it writes then
   * stays in the pipe, which is soon full.
   */
  holdOutput(): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading = promise;
    this.#process.status.then(() => resolve());
    return { [Symbol.dispose]: resolve };
  }

  /** The last lines, for the message of a failed test. */
  tail(): string {
    return this.lines.items.slice(-30).join("\n");
  }

  /** Kills it and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.ended;
  }

  async #follow(): Promise<Deno.CommandStatus> {
    const [status] = await Promise.all([
      this.#process.status,
      this.#collect(this.#process.stdout),
      this.#collect(this.#process.stderr),
    ]);
    const how = status.signal ?? `exit code ${status.code}`;
    this.lines.end(new Error(`${this.#name} ended with ${how}`));
    return status;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      await this.#reading;
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) this.lines.add(line);
    }
    if (rest !== "") this.lines.add(rest);
  }
}
