/**
 * Runs the command-line tools of servers.
 *
 * @module
 */

/** Runs a program to its end. */
export async function runTool(
  command: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly user?: string; readonly input?: string } = {},
): Promise<string> {
  // Some servers refuse to be started by root.
  const isRoot = Deno.uid() === 0;
  const [program, ...args] = options.user && isRoot
    ? ["runuser", "-u", options.user, "--", ...command]
    : command;
  const child = new Deno.Command(program ?? "", {
    args,
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd ? { cwd: options.cwd } : {}),
  }).spawn();
  if (options.input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.input));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (code === 0) return decoder.decode(stdout);
  throw new Error(`${command[0]} ended with exit code ${code}:\n${decoder.decode(stderr)}`);
}

/** Gives files to the user that the server runs as. Without root, that user runs the test. */
export async function giveTo(user: string, ...paths: readonly string[]): Promise<void> {
  if (Deno.uid() === 0) await runTool(["chown", "-R", user, ...paths]);
}
