/**
 * Records the system calls of running processes, in their order (Debian's strace).
 *
 * @module
 */

import { Child } from "../../process/child.ts";
import { installed } from "../installed.ts";

/** A system call that has ended. */
export interface SystemCall {
  /** The thread. */
  readonly thread: number;
  /** Its name. */
  readonly name: string;
  /** Its arguments and its result as strace prints them, with the path of each file. */
  readonly text: string;
  /** When it began and ended: numbers that grow. */
  readonly begun: number;
  readonly ended: number;
}

/** A recording that goes on. */
export interface Recording extends AsyncDisposable {
  /** Ends it, and returns the calls in the order of their begin. */
  end(): Promise<readonly SystemCall[]>;
}

// What reads and writes files and sockets, and what waits for the disk.
const TRACED = "fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg,recvfrom,read";
const ATTACH_MS = 60_000;
const TEXT_CHARS = 80;

/**
 * Begins to record.
 *
 * @param folder Where the file of the recording goes.
 */
export async function recordCalls(folder: string, pids: readonly number[]): Promise<Recording> {
  const file = `${folder}/calls`;
  const each = pids.flatMap((pid) => ["-p", String(pid)]);
  const child = new Child({
    name: "strace",
    command: [
      await installed("/usr/bin/strace"),
      ...["-f", "-y", "-s", String(TEXT_CHARS), "-e", `trace=${TRACED}`, "-o", file, ...each],
    ],
    cwd: folder,
  });
  try {
    for (const pid of pids) {
      await child.line((line) => line.includes(`Process ${pid} attached`), ATTACH_MS);
    }
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return {
    async end() {
      await child.stop("SIGINT");
      return parseCalls(await Deno.readTextFile(file));
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

// A call during which another thread makes one is two lines: "123 read(4<...>,  <unfinished ...>" and
// "123 <... read resumed>"text", 9) = 4".
function parseCalls(text: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { readonly begun: number; readonly text: string }>();
  for (const [at, line] of text.split("\n").entries()) {
    const parts = /^(?<thread>\d+) +(?<resumed><\.\.\. \w+ resumed>)?(?<rest>.*)$/.exec(line)
      ?.groups;
    if (parts === undefined) continue;
    const { thread = "", resumed, rest = "" } = parts;
    const before = resumed === undefined ? undefined : unfinished.get(thread);
    const whole = (before?.text ?? "") + rest;
    const start = before?.begun ?? at;
    if (whole.endsWith("<unfinished ...>")) {
      unfinished.set(thread, { begun: start, text: whole.replace(/ *<unfinished \.\.\.>$/, "") });
      continue;
    }
    const name = /^(\w+)\(/.exec(whole)?.[1];
    if (name === undefined) continue;
    calls.push({ thread: Number(thread), name, text: whole, begun: start, ended: at });
  }
  return calls.sort((one, other) => one.begun - other.begun);
}
