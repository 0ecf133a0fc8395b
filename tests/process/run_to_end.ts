/**
 * Programs that end by themselves.
 *
 * @module
 */

/** What came of one. */
export interface RunResult {
  /** The exit code. */
  readonly code: number;
  /** What it wrote to its standard output. */
  readonly output: string;
  /** What it wrote to its standard error. */
  readonly errors: string;
}

/** Where it runs. */
export interface RunOptions {
  /** Its working directory; this one's by default. */
  readonly cwd?: string;
  /** Its environment, all of it; by default one in which it finds Debian's programs. */
  readonly env?: Readonly<Record<string, string>>;
}

const DEBIAN = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Runs a program and waits for its end. */
export async function runToEnd(
  command: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<RunResult> {
  const [program, ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    ...options.cwd === undefined ? {} : { cwd: options.cwd },
    clearEnv: true,
    env: options.env ?? DEBIAN,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}
