/**
 * Finds what must be installed or compiled before the tests can run.
 *
 * @module
 */

const PROJECT = new URL("../../", import.meta.url).pathname;

/** The folder where `tests/e2e/install.sh` installs everything but Debian's packages. */
export function installFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  return Deno.env.get("E2E_CACHE") || `${cache}/appservice-mxisd-e2e`;
}

/**
 * The path of something that `tests/e2e/install.sh` installs.
 *
 * @throws {Error} When it is missing; the message says what installs it.
 */
export function installed(path: string): Promise<string> {
  return existing(path, "tests/e2e/install.sh");
}

/**
 * The path of the compiled executable for an architecture.
 *
 * @throws {Error} When it is missing; the message says what compiles it.
 */
export function compiled(architecture: "x86_64" | "aarch64"): Promise<string> {
  return existing(`${PROJECT}dist/appservice-mxisd-linux-${architecture}`, "deno task compile");
}

async function existing(path: string, remedy: string): Promise<string> {
  try {
    await Deno.stat(path);
    return path;
  } catch (cause) {
    throw new Error(`Cannot find ${path}: run ${remedy}`, { cause });
  }
}
