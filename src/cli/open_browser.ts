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

/**
 * Opens a file in the browser without waiting for it.
 *
 * @param file An absolute path, so that it is not an option of the program.
 * @returns Why it failed; `undefined` when the program was started.
 */
export function openInBrowser(
  file: string,
  opener: string | undefined = OPENERS[Deno.build.os],
): string | undefined {
  if (opener === undefined) return "no program to open it with is known for this system";
  try {
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const env = browserEnvironment(Deno.env.toObject());
    new Deno.Command(opener, { args: [file], clearEnv: true, env, ...streams }).spawn().unref();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `the program ${opener} does not exist`;
    if (error instanceof Deno.errors.PermissionDenied) {
      return `there is no permission to run ${opener}`;
    }
    throw error;
  }
}
