/**
 * Parses the command line.
 *
 * @module
 */

import { or } from "@optique/core/constructs";
import { runParserSync } from "@optique/core/facade";
import { type Message, message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { findSimilar } from "@optique/core/suggestion";
import { printableLines } from "../text/printable.ts";
import { paint, withoutColors } from "./colors.ts";
import type { Command } from "./command.ts";
import { bounceParser } from "./commands/bounce_parser.ts";
import { configParser } from "./commands/config_parser.ts";
import { demoParser } from "./commands/demo_parser.ts";
import { doctorParser } from "./commands/doctor_parser.ts";
import { lookupParser } from "./commands/lookup_parser.ts";
import { previewParser } from "./commands/preview_parser.ts";
import { sendTestParser } from "./commands/send_test_parser.ts";
import { defaultParser, serveParser } from "./commands/serve_parser.ts";
import { simulateParser } from "./commands/simulate_parser.ts";
import { suppressionsParser } from "./commands/suppressions_parser.ts";
import { templatesParser } from "./commands/templates_parser.ts";
import { ExitCode } from "./exit_code.ts";
import { moveGlobalOptions } from "./global_options.ts";
import { healthParser, readyParser } from "./health/parsers.ts";
import { forgetParser, outboxParser, statusParser, whyParser } from "./outbox/parsers.ts";
import { registerParser } from "./register/parser.ts";
import { completeShells } from "./shells.ts";
import { storageParser } from "./storage/parsers.ts";
import type { Streams } from "./streams.ts";

/** The parsers of all commands, in the order of the help. */
export const PARSERS = {
  serve: serveParser,
  config: configParser,
  register: registerParser,
  lookup: lookupParser,
  doctor: doctorParser,
  "send-test": sendTestParser,
  simulate: simulateParser,
  preview: previewParser,
  templates: templatesParser,
  why: whyParser,
  status: statusParser,
  outbox: outboxParser,
  forget: forgetParser,
  storage: storageParser,
  suppressions: suppressionsParser,
  bounce: bounceParser,
  health: healthParser,
  ready: readyParser,
  demo: demoParser,
} as const;

const parser = or(
  PARSERS.serve,
  PARSERS.config,
  PARSERS.register,
  PARSERS.lookup,
  PARSERS.doctor,
  // At most fifteen can stand side by side.
  or(PARSERS["send-test"], PARSERS.simulate),
  PARSERS.preview,
  PARSERS.templates,
  PARSERS.why,
  PARSERS.status,
  PARSERS.outbox,
  PARSERS.forget,
  or(PARSERS.storage, PARSERS.suppressions, PARSERS.bounce, PARSERS.health, PARSERS.ready),
  PARSERS.demo,
  defaultParser,
);

/** What the program does, in one sentence. */
export const BRIEF: Message =
  message`Notifies people by email that they have been invited to a Matrix room.`;

/** What its exit codes mean. */
export const EXIT_CODES: Message =
  message`Exit codes: 0 success, 1 a check, lookup or test email failed, 2 invalid command line, 3 invalid configuration, 4 the service cannot run.`;

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
  const ordered = args.length === 0 ? ["serve"] : moveGlobalOptions(args);
  const [name = ""] = ordered;
  const completed = completeShells(ordered, streams);
  if (completed !== undefined) return { kind: "done", code: completed };
  const isCompletion = name === "completion";
  const output: string[] = [];
  // By itself, so that mistakes are compared with what this command has.
  const named: Parser<"sync", Command> | undefined = isCommand(name) ? PARSERS[name] : undefined;
  const parsed = runParserSync(named ?? parser, "appservice-mxisd", ordered, {
    brief: BRIEF,
    footer: EXIT_CODES,
    help: { command: true, option: true, onShow: finish },
    version: { value: version, option: true, onShow: finish },
    completion: { command: true, onShow: finish },
    aboveError: "none",
    maxWidth: 100,
    colors: streams.outColors ?? false,
    onError() {
      done = ExitCode.usage;
      streams.err(`Try: appservice-mxisd ${named ? `${name} ` : ""}--help`);
    },
    // Completions come in pieces, which shells read to the byte.
    stdout: (text) => void output.push(isCompletion ? text : `${trimLineEnds(text)}\n`),
    // It repeats the arguments.
    stderr: (text) => {
      const safe = printableLines(trimLineEnds(withoutColors(text)));
      streams.err(safe.replace(/^Error:/, (word) => paint(word, "red", streams.errColors)));
      const meant = meantOption(ordered, text);
      if (meant !== undefined) streams.err(`\nDid you mean \`${meant}\`?`);
    },
  });
  if (output.length > 0) streams.out(output.join(""));
  function finish(): void {
    done = ExitCode.ok;
  }
  return done === undefined ? { kind: "command", command: parsed } : { kind: "done", code: done };
}

function isCommand(name: string): name is keyof typeof PARSERS {
  return Object.hasOwn(PARSERS, name);
}

// The parser compares mistakes with the options of the command, which these are not.
function meantOption(args: readonly string[], error: string): string | undefined {
  if (error.includes("Did you mean")) return undefined;
  return args.filter((word) => word.startsWith("--") && error.includes(word))
    .flatMap((word) => findSimilar(word, ["--help", "--version"]))[0];
}

// Optique leaves a space where it wraps a line.
function trimLineEnds(text: string): string {
  return text.replace(/ +$/gm, "");
}
