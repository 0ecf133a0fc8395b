/**
 * Checks whether a program can be run, without running it.
 *
 * @module
 */

import { SEARCH_PATH } from "./program.ts";

/**
 * Why a program cannot be run; `undefined` when it can, as far as can be seen.
 *
 * @param command A path, or a name to look up in the folders.
 * @param path Folders, as `PATH` lists them.
 */
export async function notRunnableReason(
  command: string,
  path: string = SEARCH_PATH,
): Promise<string | undefined> {
  const files = command.includes("/")
    ? [command]
    : path.split(":").map((folder) => `${folder}/${command}`);
  let reason = "there is no such program";
  for (const file of files) {
    try {
      const { isFile, mode } = await Deno.stat(file);
      if (isFile && ((mode ?? 0o111) & 0o111) !== 0) return undefined;
      reason = "it may not be run: is it executable?";
    } catch (error) {
      // Only running it will show whether it can be run.
      if (error instanceof Deno.errors.NotCapable) return undefined;
      if (error instanceof Deno.errors.PermissionDenied) reason = "its folder may not be searched";
    }
  }
  return reason;
}
