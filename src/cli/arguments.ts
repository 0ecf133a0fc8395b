/**
 * What the command line understands.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { runParserSync } from "@optique/core/facade";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, flag, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { printableLines } from "../text/printable.ts";
import { ExitCode } from "./exit_code.ts";
import type { Streams } from "./streams.ts";

// mxisd's own flags, on every command.
const common = {
  config: optional(
    option("-c", "--config", string({ metavar: "FILE" }), {
      description:
        message`The configuration. Without it: mxisd.yaml in this folder, then /etc/mxisd/mxisd.yaml.`,
    }),
  ),
  verbosity: map(
    multiple(flag("-v", { description: message`Log more: -v for debug, -vv for everything.` })),
    (flags) => flags.length,
  ),
};

const tried = optional(
  option("--template", string({ metavar: "PATH" }), {
    description:
      message`A folder of templates or an .eml file to look at, instead of the configured one.`,
  }),
);

const serve = object({ command: constant("serve"), ...common });

const parser = or(
  command("serve", serve, {
    brief: message`Tell people of their invitations: the default.`,
  }),
  command(
    "config",
    or(
      command("check", object({ command: constant("config check"), ...common }), {
        brief: message`Say what is wrong with the configuration.`,
      }),
      command("dump", object({ command: constant("config dump"), ...common }), {
        brief: message`Print the settings in effect, secrets redacted.`,
      }),
      command("schema", object({ command: constant("config schema"), ...common }), {
        brief: message`Print the configuration's JSON Schema.`,
      }),
      { errors: { noMatch: message`Say what to do: config check, config dump or config schema.` } },
    ),
    { brief: message`Check or print the configuration.` },
  ),
  command(
    "register",
    object({
      command: constant("register"),
      output: optional(
        option("-o", "--output", string({ metavar: "FILE" }), {
          description:
            message`Where the registration goes. A file that is there is checked and left as it is.`,
        }),
      ),
      ...common,
    }),
    { brief: message`Write the homeserver's registration file, or check the one that is there.` },
  ),
  command(
    "lookup",
    object({
      command: constant("lookup"),
      user: argument(string({ metavar: "@USER:DOMAIN" })),
      ...common,
    }),
    { brief: message`Show what each identity store knows of a person.` },
  ),
  command(
    "doctor",
    command(
      "store",
      object({
        command: constant("doctor store"),
        store: argument(string({ metavar: "NAME" })),
        user: optional(argument(string({ metavar: "@USER:DOMAIN" }))),
        ...common,
      }),
      { brief: message`Check an identity store, and show what it is asked and what it finds.` },
    ),
    { brief: message`Look for what is wrong: doctor store NAME checks an identity store.` },
  ),
  command(
    "send-test",
    object({
      command: constant("send-test"),
      address: argument(string({ metavar: "ADDRESS" })),
      sample: optional(
        option("--sample", string({ metavar: "NAME" }), {
          description: message`One of the samples that preview shows, such as outside.`,
        }),
      ),
      language: optional(
        option("--language", string({ metavar: "LANGUAGE" }), {
          description: message`The recipient's language, such as de.`,
        }),
      ),
      ...common,
    }),
    { brief: message`Send a sample mail for real, and show the dialogue with the mail server.` },
  ),
  command(
    "preview",
    object({
      command: constant("preview"),
      template: tried,
      language: optional(
        option("--language", string({ metavar: "LANGUAGE" }), {
          description: message`The only language, such as de. Without it: all there are.`,
        }),
      ),
      output: optional(
        option("-o", "--output", string({ metavar: "PATH" }), {
          description: message`Where the files go. Without it: a new temporary folder.`,
        }),
      ),
      open: option("--open", { description: message`Show them in the browser.` }),
      ...common,
    }),
    { brief: message`Write sample mails as files, with a page that shows them side by side.` },
  ),
  command(
    "templates",
    command(
      "check",
      object({
        command: constant("templates check"),
        template: tried,
        ...common,
      }),
      { brief: message`Write every sample in every language, and say what is wrong.` },
    ),
    { brief: message`Check the templates of the mails: templates check.` },
  ),
  command(
    "suppressions",
    or(
      command("list", object({ command: constant("suppressions list"), ...common }), {
        brief: message`Show which mails recipients have stopped.`,
      }),
      command(
        "lift",
        object({
          command: constant("suppressions lift"),
          what: argument(string({ metavar: "ADDRESS|@USER:DOMAIN|NUMBER" })),
          ...common,
        }),
        { brief: message`Send them again: to an address or a person, or one that the list shows.` },
      ),
      { errors: { noMatch: message`Say what to do: suppressions list or suppressions lift.` } },
    ),
    { brief: message`Show which mails recipients have stopped, or send them again.` },
  ),
  command(
    "demo",
    object({
      command: constant("demo"),
      keep: option("--keep", {
        description: message`Keep running, with a page that shows the mails.`,
      }),
      ...common,
    }),
    { brief: message`Show the whole way of an invitation, with nothing set up.` },
  ),
  serve,
);

// Those that have a help of their own.
const COMMANDS = [
  "serve",
  "config",
  "register",
  "lookup",
  "doctor",
  "send-test",
  "preview",
  "templates",
  "suppressions",
  "demo",
];

/** A command with its arguments. */
export type Command = InferValue<typeof parser>;

/** What the arguments come to: a command, or the exit code of one that has run already. */
export type ParsedArguments =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "done"; readonly code: ExitCode };

/** Reads the arguments; help, version, completion and mistakes are answered here. */
export function parseArguments(
  args: readonly string[],
  version: string,
  streams: Streams,
): ParsedArguments {
  let done: ExitCode | undefined;
  const parsed = runParserSync(parser, "appservice-mxisd", args.length === 0 ? ["serve"] : args, {
    brief: message`Tells people by mail that they have been invited to a Matrix room.`,
    footer:
      message`Exit codes: 0 all is well, 1 a check found something, 2 the command line is wrong, 3 the configuration is wrong, 4 it cannot run.`,
    help: { command: true, option: true, onShow: finish },
    version: { value: version, option: true, onShow: finish },
    completion: { command: true, onShow: finish },
    aboveError: "none",
    maxWidth: 100,
    onError() {
      done = ExitCode.usage;
      const [command = ""] = args;
      streams.err(`Try: appservice-mxisd ${COMMANDS.includes(command) ? `${command} ` : ""}--help`);
    },
    stdout: (text) => streams.out(withoutTrail(text)),
    // It repeats what it was given.
    stderr: (text) => streams.err(printableLines(withoutTrail(text))),
  });
  function finish(): void {
    done = ExitCode.ok;
  }
  return done === undefined
    ? { kind: "command", command: parsed as Command }
    : { kind: "done", code: done };
}

// Where a line is wrapped, a blank is left.
function withoutTrail(text: string): string {
  return text.replace(/ +$/gm, "");
}
