/**
 * The compiled executables.
 *
 * @module
 */

const PROJECT = new URL("../../../", import.meta.url).pathname;

/**
 * The executable for an architecture, as `deno task compile` leaves it.
 *
 * @throws {Error} When it is not there.
 */
export async function executableFor(architecture: "x86_64" | "aarch64"): Promise<string> {
  const path = `${PROJECT}dist/appservice-mxisd-linux-${architecture}`;
  try {
    await Deno.stat(path);
    return path;
  } catch (cause) {
    throw new Error(`Cannot find ${path}: make it with: deno task compile`, { cause });
  }
}

/** Runs something to its end in an empty environment; the result is its exit code and output. */
export async function run(...command: readonly [string, ...string[]]) {
  const [program, ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}
