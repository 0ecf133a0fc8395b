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
    new Deno.Command(opener, { args: [file], ...streams }).spawn().unref();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no program ${opener} here`;
    if (error instanceof Deno.errors.PermissionDenied) return `${opener} may not be started`;
    throw error;
  }
}
