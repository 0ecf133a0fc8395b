/**
 * Showing a file in the browser.
 *
 * @module
 */

// What opens a file with the program that its kind is meant for. None of these is a shell.
const OPENERS: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  linux: "xdg-open",
  freebsd: "xdg-open",
  darwin: "open",
  windows: "explorer",
};

// What a browser needs to be found and to show itself, on any of these systems. Nothing else of ours
// is handed on: the browser outlives us, and secrets may stand there (`MXISD_*`). The permissions of
// the task `start` have those of Linux.
const HANDED_ON = [
  ...["PATH", "HOME", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"],
  ...["SystemRoot", "SystemDrive", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP"],
];

/** The part of an environment that a browser is started with. */
export function browserEnvironment(
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set(HANDED_ON.map((name) => name.toUpperCase()));
  // Windows does not tell cases apart.
  return Object.fromEntries(
    Object.entries(own).filter(([name]) => names.has(name.toUpperCase()) || /^XDG_/.test(name)),
  );
}

/**
 * Opens a file in the browser, and does not wait for it.
 *
 * @param file An absolute path, so that it is none of the program's options.
 * @returns What is missing for that; `undefined` when the browser was asked.
 */
export function openInBrowser(
  file: string,
  opener: string | undefined = OPENERS[Deno.build.os],
): string | undefined {
  if (opener === undefined) return "nothing is known here that opens a browser";
  try {
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const env = browserEnvironment(Deno.env.toObject());
    new Deno.Command(opener, { args: [file], clearEnv: true, env, ...streams }).spawn().unref();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no program ${opener} here`;
    if (error instanceof Deno.errors.PermissionDenied) return `${opener} may not be started`;
    throw error;
  }
}
