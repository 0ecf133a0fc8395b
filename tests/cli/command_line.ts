/** The command line within this process: what it writes is caught, and no permission is given up. */

import type { Needs } from "../../src/cli/permissions.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import type { Streams } from "../../src/cli/streams.ts";
import { machineEnvironment } from "../../src/config/source/environment.ts";
import { Journal } from "../process/journal.ts";

/** What came of a command. */
export interface ProgramResult {
  readonly code: number;
  /** Its results. */
  readonly out: string;
  /** Its problems and progress. */
  readonly err: string;
}

/** A command that goes on until it is asked to stop; disposing of it asks. */
export interface Running extends AsyncDisposable {
  /** The lines that it wrote to either stream. */
  readonly lines: Journal<string>;
  /** What it said it would still need once it had started. */
  readonly needs: readonly Needs[];
  /** What came of it. */
  readonly ended: Promise<ProgramResult>;
  /** Asks it to stop, and waits for that. */
  stop(): Promise<ProgramResult>;
}

/** How a command is run. */
export interface RunOptions {
  /** Whether its problems are read at a terminal. */
  readonly terminal?: boolean;
  /** Whether the terminal shows colours. */
  readonly colors?: boolean;
  /** Its working directory. */
  readonly cwd?: string;
  /** Its variables. Default: those of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** The time, in milliseconds UTC. Default: the machine's. */
  readonly now?: number;
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProgramResult> {
  await using running = start(args, options);
  return await within(running.ended, args);
}

/** Starts a command. */
export function start(
  args: readonly string[],
  { terminal = false, colors = false, cwd, env, now }: RunOptions = {},
): Running {
  const stop = new AbortController();
  const written = { out: "", err: "" };
  const lines = new Journal<string>(`the lines of ${args.join(" ")}`);
  const needs: Needs[] = [];
  const write = (stream: "out" | "err") => (text: string) => {
    written[stream] += `${text.replace(/\n$/, "")}\n`;
    for (const line of text.split("\n")) lines.add(line);
  };
  const streams: Streams = {
    out: write("out"),
    err: write("err"),
    errIsTerminal: terminal,
    outColors: colors,
    errColors: colors,
  };
  const ended = runCommandLine(args, streams, stop.signal, (needed) => {
    needs.push(needed);
    return Promise.resolve([]);
  }, () => {
    const machine = machineEnvironment();
    return {
      ...machine,
      cwd: cwd ?? machine.cwd,
      env: env ? (name) => env[name] : machine.env,
    };
  }, () => now ?? Date.now()).then((code) => {
    lines.end(new Error(`${args.join(" ")} ended with ${code}:\n${written.err}`));
    return { code, ...written };
  });
  return {
    lines,
    needs,
    ended,
    stop() {
      stop.abort();
      return within(ended, args);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await within(ended, args);
    },
  };
}

// A command that does not end fails its own test, not all of them. On a busy machine one may take
// half a minute.
const MAX_RUN_MS = 180_000;

async function within(
  ended: Promise<ProgramResult>,
  args: readonly string[],
): Promise<ProgramResult> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${args.join(" ")} does not end`)), MAX_RUN_MS);
  try {
    return await Promise.race([ended, promise]);
  } finally {
    clearTimeout(timer);
  }
}
