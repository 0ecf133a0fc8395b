/**
 * Opens a file in the browser.
 *
 * @module
 */

// Opens a file with the program for its type. None of these is a shell.
const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  linux: "xdg-open",
  freebsd: "xdg-open",
  darwin: "open",
  windows: "explorer",
};

// What a browser needs on any of these systems. Nothing else is passed on: the browser outlives this
// process, whose environment may hold secrets (`MXISD_*`). The task `start` permits those of Linux.
const PASSED_ON = [
  ...["PATH", "HOME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"],
  ...["SystemRoot", "SystemDrive", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP"],
];

/** The part of an environment that a browser is started with. */
export function browserEnvironment(
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(PASSED_ON.map((name) => name.toUpperCase()));
  // Windows ignores case.
  return Object.fromEntries(
    Object.entries(own).filter(([name]) => names.has(name.toUpperCase()) || /^XDG_/.test(name)),
  );
}

// A program that opens nothing ends before this.
const MAX_OPENING_MS = 2_000;

/**
 * Opens a file in the browser, and waits only as long as it takes to see that there is none.
 *
 * @param file An absolute path, so that it is not an option of the program.
 * @returns Why it failed; `undefined` when the program was started.
 */
export async function openInBrowser(
  file: string,
  opener: string | undefined = OPENERS[Deno.build.os],
): Promise<string | undefined> {
  if (opener === undefined) return "no program to open it with is known for this system";
  try {
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const env = browserEnvironment(Deno.env.toObject());
    const options = { args: [file], clearEnv: true, env, ...streams };
    const child = new Deno.Command(opener, options).spawn();
    child.unref();
    const code = await codeWithin(child.status, MAX_OPENING_MS);
    return code === undefined || code === 0 ? undefined : describeCode(opener, code, env);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `the program ${opener} does not exist`;
    if (error instanceof Deno.errors.PermissionDenied) {
      return `there is no permission to run ${opener}`;
    }
    throw error;
  }
}

async function codeWithin(
  status: Promise<Deno.CommandStatus>,
  milliseconds: number,
): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, milliseconds, undefined);
  const first = await Promise.race([status, promise]);
  clearTimeout(timer);
  return first?.code;
}

function describeCode(opener: string, code: number, env: Readonly<Record<string, string>>): string {
  const hasScreen = env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  const why = opener !== "xdg-open" || hasScreen ? "" : ": there is no graphical desktop here";
  return `${opener} ended with ${code}${why}`;
}
