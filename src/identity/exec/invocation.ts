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
import { type ExecProgram, type ExecSection, programsOf } from "./section.ts";

type Tokens = ExecSection["token"];

/** How a program is asked for a user. */
export type UserInvocation =
  | { readonly kind: "invocation"; readonly invocation: Invocation }
  /** The program or the system would take the ID for something other than data. */
  | { readonly kind: "unusable"; readonly reason: string };

/**
 * The invocation of a program for a user. All tokens are replaced in one pass, so that a value that
 * looks like a token stays as it is.
 *
 * @throws {StoreError} `misconfigured` if no user can be looked up with that command.
 */
export function invocationFor(
  user: UserId,
  program: ExecProgram,
  tokens: Tokens,
  store: string,
): UserInvocation {
  const values = { localpart: localpartOf(user), domain: serverOf(user), mxid: user };
  const names = tokensOf(program, tokens);
  const replacements = new Map<string, string>();
  for (const part of ["localpart", "domain", "mxid"] as const) {
    if (!replacements.has(names[part])) replacements.set(names[part], values[part]);
  }
  const fill = (text: string, handle: (value: string) => string) =>
    text.replace(pattern(replacements.keys()), (token) => handle(replacements.get(token) ?? ""));
  let refusal: string | undefined;
  const refuse = (reason: string): string => {
    refusal ??= reason;
    return "";
  };
  const withoutControls = (value: string) =>
    CONTROL.test(value) ? refuse("it contains a control character, and is passed as text") : value;

  let optionsEnded = false;
  const args = program.args.map((arg) => {
    optionsEnded ||= arg === "--";
    const filled = fill(arg, withoutControls);
    if (!optionsEnded && filled.startsWith("-") && !arg.startsWith("-")) {
      refuse('it would be read as an option, as args has no "--" before it');
    }
    return filled;
  });
  refuseTokenAsName(program, tokens, store);
  const command = fill(
    program.command,
    (value) =>
      /^(?!\.{0,2}$)[^/]+$/.test(withoutControls(value))
        ? value
        : refuse("it would lead the command into another folder"),
  );
  const env: Record<string, string> = { ...PROGRAM_ENVIRONMENT };
  for (const [name, value] of Object.entries(program.env)) {
    env[name] = fill(value.reveal(), withoutControls);
  }
  const input = inputFor(program, values, fill, withoutControls);
  return refusal === undefined
    ? { kind: "invocation", invocation: { command, args, env, input } }
    : { kind: "unusable", reason: refusal };
}

// The ID would choose a program in /usr/bin and similar folders.
function refuseTokenAsName(program: ExecProgram, tokens: Tokens, store: string): void {
  if (program.command.includes("/") || !hasToken(program.command, program, tokens)) return;
  throw new StoreError(
    store,
    "misconfigured",
    `a command that contains a token must be a path, not ${quoted(program.command)}`,
  );
}

function hasToken(text: string, program: ExecProgram, tokens: Tokens): boolean {
  return Object.values(tokensOf(program, tokens)).some((name) => text.includes(name));
}

/**
 * The keys of the arguments that begin with a localpart which may be read as an option: users whose
 * localpart begins with `-` are not looked up then.
 */
export function optionLikeArguments(
  profile: ExecSection["profile"],
  tokens: Tokens,
): readonly string[] {
  return programsOf(profile).flatMap(({ key, program }) => {
    const { localpart } = tokensOf(program, tokens);
    const end = program.args.indexOf("--");
    const before = end < 0 ? program.args : program.args.slice(0, end);
    return before.flatMap((arg, index) =>
      arg.startsWith(localpart) ? [`exec.profile.${key}.args[${index}]`] : []
    );
  });
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
  refuseTokenAsName(program, tokens, store);
  if (hasToken(command, program, tokens)) return;
  const reason = await notRunnableReason(command, env.PATH?.reveal());
  if (reason === undefined) return;
  throw new StoreError(store, "misconfigured", `${quoted(command)} cannot be run: ${reason}`);
}

// A program's own tokens go before those of all programs.
function tokensOf(
  { token }: Pick<ExecProgram, "token">,
  { localpart, domain, mxid }: Tokens,
): Tokens {
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
