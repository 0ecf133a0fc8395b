/**
 * Manual pages of the command line, made from the definitions that it is parsed by.
 *
 * @module
 */

import type { DocEntry, DocPage } from "@optique/core/doc";
import { formatMessage, type Message } from "@optique/core/message";
import { getDocPageSync } from "@optique/core/parser";
import { formatUsage, formatUsageTerm } from "@optique/core/usage";
import { BRIEF, EXIT_CODES, PARSERS } from "../../src/cli/arguments.ts";
import { bold, plain, request, tagged } from "./roff.ts";

const PROGRAM = "appservice-mxisd";

// The section's title says the beginning of it.
const EXIT_STATUS = section("EXIT STATUS", text(EXIT_CODES).replace(/^Exit codes: /, ""));

/** The pages by the names of their files: one for the program, and one for each command. */
export function manPages(version: string, date: string): ReadonlyMap<string, string> {
  const pages = new Map([[`${PROGRAM}.1`, programPage(version, date)]]);
  for (const name of Object.keys(PARSERS) as (keyof typeof PARSERS)[]) {
    pages.set(`${PROGRAM}-${name}.1`, commandPage(name, version, date));
  }
  return pages;
}

function programPage(version: string, date: string): string {
  const commands = Object.entries(PARSERS).map(([name, parser]) =>
    tagged(bold(`${PROGRAM}-${name}`) + "(1)", text(getDocPageSync(parser, [name])?.brief))
  );
  return page({ name: PROGRAM, version, date, brief: BRIEF }, [
    section("SYNOPSIS", `${bold(PROGRAM)} [COMMAND] [OPTION...]`),
    section("DESCRIPTION", text(BRIEF) + "\n" + plain("Without a command it serves.")),
    section("COMMANDS", commands.join("\n")),
    section(
      "OPTIONS",
      [
        tagged(bold("--help"), plain("Show help, also of a command.")),
        tagged(bold("--version"), plain("Show the version, the commit and its date.")),
        tagged(`${bold("completion")} SHELL`, plain("Print the completion for a shell.")),
      ].join("\n"),
    ),
    EXIT_STATUS,
    section(
      "FILES",
      [
        tagged(bold("/etc/mxisd/mxisd.yaml"), plain("The configuration.")),
        tagged(bold("/var/lib/appservice-mxisd/"), plain("The database of the systemd unit.")),
      ].join("\n"),
    ),
  ]);
}

function commandPage(name: keyof typeof PARSERS, version: string, date: string): string {
  const doc = docOf(name, [name]);
  const inner = entriesOf(doc).flatMap(({ term }) => term.type === "command" ? [term.name] : []);
  const subsections = inner.map((command) => {
    const innerDoc = docOf(name, [name, command]);
    const about = `${synopsis(innerDoc)}\n.PP\n${text(innerDoc.brief)}`;
    return [request("SS", `${name} ${command}`), about, definitions(innerDoc)].join("\n").trimEnd();
  });
  const options = definitions(doc);
  return page({ name: `${PROGRAM}-${name}`, version, date, brief: doc.brief ?? [] }, [
    section("SYNOPSIS", synopsis(doc)),
    section("DESCRIPTION", text(doc.description ?? doc.brief)),
    ...subsections.length > 0 ? [section("COMMANDS", subsections.join("\n"))] : [],
    ...options === "" ? [] : [section("OPTIONS", options)],
    EXIT_STATUS,
    section("SEE ALSO", `${bold(PROGRAM)}(1)`),
  ]);
}

function docOf(name: keyof typeof PARSERS, path: readonly string[]): DocPage {
  const doc = getDocPageSync(PARSERS[name], path);
  if (doc === undefined) throw new Error(`${path.join(" ")} has no documentation`);
  return doc;
}

function entriesOf(doc: DocPage): readonly DocEntry[] {
  return doc.sections.flatMap(({ entries }) => entries);
}

// One line for each alternative.
function synopsis({ usage }: DocPage): string {
  const lines = formatUsage(PROGRAM, usage ?? [], { expandCommands: true }).split("\n");
  return lines.map((line) => plain(line.trim())).join("\n.br\n");
}

// What has a description, but for commands, which have subsections.
function definitions(doc: DocPage): string {
  const described = entriesOf(doc).filter(({ term, description }) =>
    term.type !== "command" && description !== undefined
  );
  return described.map((entry) => {
    const choices = entry.choices ? plain(` One of ${bare(entry.choices)}.`) : "";
    return tagged(bold(formatUsageTerm(entry.term)), text(entry.description) + choices);
  }).join("\n");
}

interface Title {
  readonly name: string;
  readonly version: string;
  readonly date: string;
  readonly brief: Message;
}

function page({ name, version, date, brief }: Title, sections: readonly string[]): string {
  const title = request("TH", plain(name.toUpperCase()), "1", date, `${PROGRAM} ${version}`);
  // Without its full stop, as the index of all pages shows it.
  const about = text(brief).replace(/\.$/, "");
  // Commands are to be copied: no hyphens, no wider spaces.
  return [title, ".nh", ".ad l", section("NAME", `${plain(name)} \\- ${about}`), ...sections, ""]
    .join("\n");
}

function section(name: string, content: string): string {
  return `${request("SH", name)}\n${content}`;
}

function text(message: Message | undefined): string {
  return plain(bare(message ?? []));
}

function bare(message: Message): string {
  return formatMessage(message, { quotes: false });
}
