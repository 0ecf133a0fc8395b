/**
 * The section `exec`: the programs that look people up.
 *
 * @module
 */

import { z } from "zod";
import {
  choice,
  filledText,
  flag,
  integer,
  lookupTimeout,
  secret,
  text,
} from "../../settings/kinds.ts";
import type { ProfilePart } from "../profile_document.ts";

function tokensOf<Token extends z.ZodType>(token: (name: string, meaning: string) => Token) {
  return {
    localpart: token("localpart", "the part of the Matrix ID between @ and the colon"),
    domain: token("domain", "the homeserver's name"),
    mxid: token("mxid", "the full Matrix ID"),
  };
}

const defaultTokens = z.strictObject(
  tokensOf((name, meaning) =>
    filledText().default(`{${name}}`).describe(`The token for ${meaning}.`)
  ),
);

const ownTokens = z.strictObject(
  tokensOf((name, meaning) =>
    filledText().optional().describe(`The token for ${meaning}, if not exec.token.${name}.`)
  ),
);

const exitCodes = (code: number, meaning: string) =>
  z.array(integer(0, 255)).default([code]).describe(`The exit codes that mean ${meaning}.`);

const exit = z.strictObject({
  success: exitCodes(0, "that the output is the profile"),
  failure: exitCodes(1, "that there is no such user"),
}).superRefine(({ success, failure }, context) => {
  const both = failure.findIndex((code) => success.includes(code));
  if (both < 0) return;
  const message = `${failure[both]} is listed in success as well`;
  context.addIssue({ code: "custom", path: ["failure", both], message });
});

const variables = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of an environment variable"),
  secret(),
);

function program(what: string) {
  return z.strictObject({
    command: text().optional()
      .describe(`The program for ${what}: a path, or a name in /usr/bin and similar folders.`),
    args: z.array(text()).default([]).describe("Its arguments; no shell interprets them."),
    env: variables.default({}).describe("Its environment, in addition to PATH and LANG."),
    input: z.strictObject({
      type: choice(["json", "plain"]).optional()
        .describe("The format of its input: json or plain; without this key it gets no input."),
      template: text().optional()
        .describe("The input, with tokens, in place of the default one."),
    }).prefault({}).describe("What the program reads from its standard input."),
    output: z.strictObject({
      type: choice(["json"]).default("json").describe("The format of its output."),
    }).prefault({}).describe("What the program writes to its standard output."),
    exit: exit.prefault({}).describe("What its exit codes mean; any other one is an error."),
    token: ownTokens.prefault({}).describe("Tokens of this program only."),
  }).superRefine(({ input }, context) => {
    if (input.template === undefined || input.type !== undefined) return;
    const message = "is missing: input.template needs json or plain";
    context.addIssue({ code: "custom", path: ["input", "type"], message });
  });
}

/** The configuration's section `exec`. */
export const execSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up with these programs."),
  timeout: lookupTimeout()
    .describe("How long the programs may take together, such as 10s."),
  token: defaultTokens.prefault({}).describe("The tokens for the parts of the Matrix ID."),
  profile: z.strictObject({
    enabled: flag().default(true).describe("Whether to look people up with programs."),
    displayName: program("the name").prefault({}).describe("The person's name."),
    threePid: program("the email addresses").prefault({}).describe("The person's email addresses."),
    role: program("the roles").prefault({}).describe("The person's roles."),
  }).prefault({}).describe("The programs for the parts of a profile."),
}).superRefine(({ enabled, profile }, context) => {
  if (!enabled || !profile.enabled || programsOf(profile).length > 0) return;
  const message = "is missing: exec.enabled needs a program";
  context.addIssue({ code: "custom", path: ["profile", "threePid", "command"], message });
});

/** The section `exec` with its defaults filled in. */
export type ExecSection = z.output<typeof execSection>;

// The keys of the programs, and the parts of a profile that they are for.
const PROGRAMS = [["displayName", "displayName"], ["threePid", "threepids"], [
  "role",
  "roles",
]] as const;

/** A program as it is configured. */
export type ExecProgram =
  & ExecSection["profile"][typeof PROGRAMS[number][0]]
  & { readonly command: string };

/** The configured programs, with their keys, and the part of the profile that each one is for. */
export function programsOf(
  profile: ExecSection["profile"],
): readonly {
  readonly key: typeof PROGRAMS[number][0];
  readonly part: ProfilePart;
  readonly program: ExecProgram;
}[] {
  return PROGRAMS.flatMap(([key, part]) => {
    const { command = "", ...program } = profile[key];
    return command === "" ? [] : { key, part, program: { ...program, command } };
  });
}
