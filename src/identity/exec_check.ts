/**
 * Whether a program is there and can be run, without running it.
 *
 * @module
 */

import { quoted } from "../domain/printable.ts";
import { SEARCH_PATH } from "./exec_invocation.ts";
import type { ExecProgram, ExecSection } from "./exec_section.ts";
import { StoreError } from "./port.ts";

/**
 * Looks for a program's file. One whose name depends on the person is not looked for.
 *
 * @throws {StoreError} `misconfigured`, when it is not there or not executable.
 */
export async function checkProgram(
  { command, env, token }: ExecProgram,
  tokens: ExecSection["token"],
  store: string,
): Promise<void> {
  const names = Object.entries(tokens).map(([part, name]) =>
    token[part as keyof typeof token] ?? name
  );
  if (names.some((name) => command.includes(name))) return;
  const folders = (env.PATH?.reveal() ?? SEARCH_PATH).split(":");
  const places = command.includes("/")
    ? [command]
    : folders.map((folder) => `${folder}/${command}`);
  let reason = "there is no such program";
  for (const place of places) {
    try {
      const { isFile, mode } = await Deno.stat(place);
      if (isFile && ((mode ?? 0o111) & 0o111) !== 0) return;
      reason = "it may not be run: is it executable?";
    } catch (error) {
      // Whether it can be run will be seen when it is.
      if (error instanceof Deno.errors.NotCapable) return;
      if (error instanceof Deno.errors.PermissionDenied) reason = "it may not be looked at";
    }
  }
  throw new StoreError(store, "misconfigured", `${quoted(command)} cannot be run: ${reason}`);
}
