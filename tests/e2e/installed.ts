/**
 * Where the servers are that `tests/e2e/install.sh` installs.
 *
 * @module
 */

/**
 * The path, when there is such a file.
 *
 * @throws {Error} When there is none: it says what installs it.
 */
export async function installed(path: string): Promise<string> {
  try {
    await Deno.stat(path);
    return path;
  } catch (cause) {
    const advice = "install the servers of the end-to-end tests with tests/e2e/install.sh";
    throw new Error(`Cannot find ${path}: ${advice}`, { cause });
  }
}

/** The folder of servers that are not Debian packages. */
export function serverFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  return Deno.env.get("E2E_CACHE") || `${cache}/appservice-mxisd-e2e`;
}
