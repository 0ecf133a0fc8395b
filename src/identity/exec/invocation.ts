/**
 * Fills a Matrix ID into a program's command, arguments, environment and input.
 *
 * @module
 */

import { localpartOf, serverOf, type UserId } from "../../domain/user_id.ts";
import { notRunnableReason } from "../../system/find_program.ts";
import { type Invocation, PROGRAM_ENVIRONMENT } from "../../system/program.ts";
import { quoted } from "../../text/printable.ts";
import { StoreError } from "../port.ts";
import type { ExecProgram, ExecSection } from "./section.ts";

type Tokens = ExecSection["token"];

/**
 * The invocation of a program for a user. All tokens are replaced in one pass, so that a value that
 * looks like a token stays as it is.
 *
 * @throws {StoreError} `misconfigured` if the program or the system would take the ID for something
 * other than data.
 */
export function invocationFor(
  user: UserId,
  program: ExecProgram,
  tokens: Tokens,
  store: string,
): Invocation {
  const values = { localpart: localpartOf(user), domain: serverOf(user), mxid: user };
  const names = tokensOf(program, tokens);
  const replacements = new Map<string, string>();
  for (const part of ["localpart", "domain", "mxid"] as const) {
    if (!replacements.has(names[part])) replacements.set(names[part], values[part]);
  }
  const fill = (text: string, handle: (value: string) => string) =>
    text.replace(pattern(replacements.keys()), (token) => handle(replacements.get(token) ?? ""));
  const refuse = (reason: string): never => {
    throw new StoreError(store, "misconfigured", reason);
  };
  const withoutControls = (value: string) =>
    CONTROL.test(value)
      ? refuse("the ID contains a control character, and is passed as text")
      : value;

  let optionsEnded = false;
  const args = program.args.map((arg) => {
    optionsEnded ||= arg === "--";
    const filled = fill(arg, withoutControls);
    if (!optionsEnded && filled.startsWith("-") && !arg.startsWith("-")) {
      refuse('the ID would be read as an option: write "--" before it in args');
    }
    return filled;
  });
  const command = fill(
    program.command,
    (value) =>
      /^(?!\.{0,2}$)[^/]+$/.test(withoutControls(value))
        ? value
        : refuse("the ID would lead the command into another folder"),
  );
  if (command !== program.command && !program.command.includes("/")) {
    refuse("a command that contains a token must be a path");
  }
  const env: Record<string, string> = { ...PROGRAM_ENVIRONMENT };
  for (const [name, value] of Object.entries(program.env)) {
    env[name] = fill(value.reveal(), withoutControls);
  }
  const input = inputFor(program, values, fill, withoutControls);
  return { command, args, env, input };
}

/**
 * Checks that a program exists and is executable, without running it. Does nothing if the command
 * depends on the user.
 *
 * @throws {StoreError} `misconfigured` if the program cannot be run.
 */
export async function checkProgram(
  program: ExecProgram,
  tokens: Tokens,
  store: string,
): Promise<void> {
  const { command, env } = program;
  const names = Object.values(tokensOf(program, tokens));
  if (names.some((name) => command.includes(name))) return;
  const reason = await notRunnableReason(command, env.PATH?.reveal());
  if (reason === undefined) return;
  throw new StoreError(store, "misconfigured", `${quoted(command)} cannot be run: ${reason}`);
}

// A program's own tokens go before those of all programs.
function tokensOf({ token }: ExecProgram, { localpart, domain, mxid }: Tokens): Tokens {
  return {
    localpart: token.localpart ?? localpart,
    domain: token.domain ?? domain,
    mxid: token.mxid ?? mxid,
  };
}

// They would end a line of a text, or the text itself.
// deno-lint-ignore no-control-regex -- those are meant
const CONTROL = /[\0-\x1F\x7F]/;

function inputFor(
  { input }: ExecProgram,
  values: { readonly localpart: string; readonly domain: string; readonly mxid: string },
  fill: (text: string, handle: (value: string) => string) => string,
  withoutControls: (value: string) => string,
): string | undefined {
  const { type, template } = input;
  if (type === undefined) return undefined;
  if (type === "json") {
    // The tokens stand between quotation marks.
    if (template) return fill(template, (value) => JSON.stringify(value).slice(1, -1));
    return JSON.stringify(values);
  }
  if (template) return fill(template, withoutControls);
  return [values.localpart, values.domain, values.mxid, ""].map(withoutControls).join("\n");
}

// Matches any of the texts, the longest one first.
function pattern(texts: Iterable<string>): RegExp {
  const sorted = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(
    sorted.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"),
    "g",
  );
}
