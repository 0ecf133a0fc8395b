/**
 * Parses the command line.
 *
 * @module
 */

import { or } from "@optique/core/constructs";
import { runParserSync } from "@optique/core/facade";
import { message } from "@optique/core/message";
import { printableLines } from "../text/printable.ts";
import type { Command } from "./command.ts";
import { configParser } from "./commands/config_parser.ts";
import { demoParser } from "./commands/demo_parser.ts";
import { doctorParser } from "./commands/doctor_parser.ts";
import { lookupParser } from "./commands/lookup_parser.ts";
import { previewParser } from "./commands/preview_parser.ts";
import { registerParser } from "./commands/register_parser.ts";
import { sendTestParser } from "./commands/send_test_parser.ts";
import { defaultParser, serveParser } from "./commands/serve_parser.ts";
import { suppressionsParser } from "./commands/suppressions_parser.ts";
import { templatesParser } from "./commands/templates_parser.ts";
import { ExitCode } from "./exit_code.ts";
import type { Streams } from "./streams.ts";

// In the order of the help.
const parser = or(
  serveParser,
  configParser,
  registerParser,
  lookupParser,
  doctorParser,
  sendTestParser,
  previewParser,
  templatesParser,
  suppressionsParser,
  demoParser,
  defaultParser,
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
  return done === undefined ? { kind: "command", command: parsed } : { kind: "done", code: done };
}

// Where a line is wrapped, a blank is left.
function withoutTrail(text: string): string {
  return text.replace(/ +$/gm, "");
}
