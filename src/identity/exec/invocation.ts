/**
 * Putting a Matrix ID into a program's command, arguments, environment and input.
 *
 * @module
 */

import { localpartOf, serverOf, type UserId } from "../../domain/user_id.ts";
import { type Invocation, PROGRAM_ENVIRONMENT } from "../../system/program.ts";
import { StoreError } from "../port.ts";
import type { ExecProgram, ExecSection } from "./section.ts";

/**
 * The program with the user's ID in the place of the tokens: in one pass, so that a value that looks
 * like a token is none.
 *
 * @throws {StoreError} `misconfigured`, when the ID would mean something else to the program or to
 * the system than the ID of a person.
 */
export function invocationFor(
  user: UserId,
  program: ExecProgram,
  tokens: ExecSection["token"],
  store: string,
): Invocation {
  const values = { localpart: localpartOf(user), domain: serverOf(user), mxid: user };
  const names = { ...tokens, ...definedTokens(program.token) };
  const replacements = new Map<string, string>();
  for (const part of ["localpart", "domain", "mxid"] as const) {
    if (!replacements.has(names[part])) replacements.set(names[part], values[part]);
  }
  const fill = (text: string, handle: (value: string) => string) =>
    text.replace(pattern(replacements.keys()), (token) => handle(replacements.get(token) ?? ""));
  const refuse = (reason: string): never => {
    throw new StoreError(store, "misconfigured", reason);
  };
  const visible = (value: string) =>
    CONTROL.test(value)
      ? refuse("the ID has a control character, and is handed over as text")
      : value;

  let ended = false;
  const args = program.args.map((arg) => {
    ended ||= arg === "--";
    const filled = fill(arg, visible);
    if (!ended && filled.startsWith("-") && !arg.startsWith("-")) {
      refuse('the ID would be taken for an option: write "--" before it in args');
    }
    return filled;
  });
  const command = fill(
    program.command,
    (value) =>
      /^(?!\.{0,2}$)[^/]+$/.test(visible(value))
        ? value
        : refuse("the ID would lead the command into another folder"),
  );
  if (command !== program.command && !program.command.includes("/")) {
    refuse("a command with a token in it has to be a path");
  }
  const env: Record<string, string> = { ...PROGRAM_ENVIRONMENT };
  for (const [name, value] of Object.entries(program.env)) {
    env[name] = fill(value.reveal(), visible);
  }
  const input = inputFor(program, values, fill, visible);
  return { command, args, env, input };
}

// In text that is read line by line, or that ends with a NUL.
// deno-lint-ignore no-control-regex -- those are meant
const CONTROL = /[\0-\x1F\x7F]/;

function inputFor(
  { input }: ExecProgram,
  values: { readonly localpart: string; readonly domain: string; readonly mxid: string },
  fill: (text: string, handle: (value: string) => string) => string,
  visible: (value: string) => string,
): string | undefined {
  const { type, template } = input;
  if (type === undefined) return undefined;
  if (type === "json") {
    // A token stands between quotation marks.
    if (template) return fill(template, (value) => JSON.stringify(value).slice(1, -1));
    return JSON.stringify(values);
  }
  if (template) return fill(template, visible);
  return [values.localpart, values.domain, values.mxid, ""].map(visible).join("\n");
}

function definedTokens(tokens: ExecProgram["token"]): Partial<ExecSection["token"]> {
  return Object.fromEntries(Object.entries(tokens).filter(([, token]) => token !== undefined));
}

// Any of the texts, the longest that fits first.
function pattern(texts: Iterable<string>): RegExp {
  const sorted = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(
    sorted.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"),
    "g",
  );
}
