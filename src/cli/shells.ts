/**
 * The shells for which arguments are completed.
 *
 * @module
 */

import { bash, fish, nu, pwsh, type ShellCompletion, zsh } from "@optique/core/completion";
import { quoted } from "../text/printable.ts";
import { ExitCode } from "./exit_code.ts";
import type { Streams } from "./streams.ts";
import { choices } from "./words.ts";

const SHELLS: Readonly<Record<string, ShellCompletion>> = { bash, fish, nu, pwsh, zsh };

/**
 * What the parser does not do for `completion`: reports an unknown shell, and completes the names of
 * shells. `undefined` when it is left to the parser.
 */
export function completeShells(args: readonly string[], streams: Streams): ExitCode | undefined {
  const [command, name, inner, prefix, ...rest] = args;
  if (command !== "completion" || name === undefined || name.startsWith("-")) return undefined;
  const shell = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
  if (shell === undefined) {
    streams.err(`Unknown shell ${quoted(name)}: ${choices(name, Object.keys(SHELLS))}`);
    return ExitCode.usage;
  }
  if (inner !== "completion" || prefix === undefined || rest.length > 0) return undefined;
  const names = Object.keys(SHELLS).filter((name) => name.startsWith(prefix));
  const suggestions = names.map((text) => ({ kind: "literal", text }) as const);
  streams.out([...shell.encodeSuggestions(suggestions)].join(""));
  return ExitCode.ok;
}
