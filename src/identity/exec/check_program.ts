/**
 * Whether a program is there and can be run, without running it.
 *
 * @module
 */

import { notRunnableReason } from "../../system/find_program.ts";
import { quoted } from "../../text/printable.ts";
import { StoreError } from "../port.ts";
import type { ExecProgram, ExecSection } from "./section.ts";

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
  const reason = await notRunnableReason(command, env.PATH?.reveal());
  if (reason === undefined) return;
  throw new StoreError(store, "misconfigured", `${quoted(command)} cannot be run: ${reason}`);
}
