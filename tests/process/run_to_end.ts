/**
 * Runs programs to their end.
 *
 * @module
 */

/** The result of a program. */
export interface RunResult {
  /** The exit code. */
  readonly code: number;
  /** Its standard output. */
  readonly output: string;
  /** Its standard error. */
  readonly errors: string;
}

/** How to run it. */
export interface RunOptions {
  /** Its working directory. Default: the current one. */
  readonly cwd?: string | undefined;
  /** Its whole environment. Default: a `PATH` with Debian's programs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input. Default: none. */
  readonly input?: Uint8Array;
}

const DEBIAN = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Runs a program and waits until it has ended. */
export async function runToEnd(
  command: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<RunResult> {
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args,
    ...options.cwd === undefined ? {} : { cwd: options.cwd },
    clearEnv: true,
    env: options.env ?? DEBIAN,
    stdin: options.input ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  if (options.input) {
    const writer = child.stdin.getWriter();
    await writer.write(options.input);
    await writer.close();
  }
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}
