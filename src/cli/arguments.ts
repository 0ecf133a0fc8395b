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
import { forgetParser, outboxParser, statusParser, whyParser } from "./outbox/parsers.ts";
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
  whyParser,
  statusParser,
  outboxParser,
  forgetParser,
  suppressionsParser,
  demoParser,
  defaultParser,
);

// The commands that have their own help.
const COMMANDS = [
  "serve",
  "config",
  "register",
  "lookup",
  "doctor",
  "send-test",
  "preview",
  "templates",
  "why",
  "status",
  "outbox",
  "forget",
  "suppressions",
  "demo",
];

/** A command to run, or the exit code after help, version, completion or a mistake. */
export type ParsedArguments =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "done"; readonly code: ExitCode };

/** Parses the arguments; prints help, version, completion and mistakes itself. */
export function parseArguments(
  args: readonly string[],
  version: string,
  streams: Streams,
): ParsedArguments {
  let done: ExitCode | undefined;
  const parsed = runParserSync(parser, "appservice-mxisd", args.length === 0 ? ["serve"] : args, {
    brief: message`Notifies people by email that they have been invited to a Matrix room.`,
    footer:
      message`Exit codes: 0 success, 1 a check, lookup or test email failed, 2 invalid command line, 3 invalid configuration, 4 the service cannot run.`,
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
    stdout: (text) => streams.out(trimLineEnds(text)),
    // It repeats the arguments.
    stderr: (text) => streams.err(printableLines(trimLineEnds(text))),
  });
  function finish(): void {
    done = ExitCode.ok;
  }
  return done === undefined ? { kind: "command", command: parsed } : { kind: "done", code: done };
}

// Optique leaves a space where it wraps a line.
function trimLineEnds(text: string): string {
  return text.replace(/ +$/gm, "");
}
