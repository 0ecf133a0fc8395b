/**
 * The command `config import`: turns a configuration of mxisd or ma1sd into one of this service.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { readOldFile } from "../../config/import/old_file.ts";
import { CONFIG_NAME, type Plan, planImport } from "../../config/import/plan.ts";
import { formatProblem, type Problem } from "../../config/source/problem.ts";
import { RenderError } from "../../render/port.ts";
import { writeNewFiles } from "../../system/new_files.ts";
import { systemRandom } from "../../system/random.ts";
import { WriteError } from "../../system/write_error.ts";
import { printable, printableLines } from "../../text/printable.ts";
import { shellWord } from "../../text/shell_word.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import type { Streams } from "../streams.ts";
import { compareMails, describeMails, mailFiles } from "./mails.ts";
import { describeDecisions, describeKeys } from "./report.ts";

/** The command's arguments. */
export interface ImportArguments {
  /** The old configuration. */
  readonly file: string;
  /** The registration that the homeserver has. */
  readonly registration: string | undefined;
  /** The folder for the new files. */
  readonly output: string;
}

/** Writes the new files, and says what became of each key. */
export async function importConfig(
  context: CommandContext,
  { file, registration, output }: ImportArguments,
): Promise<ExitCode> {
  const { streams } = context;
  const environment = context.environment();
  const folder = resolve(environment.cwd, output);
  const old = readOldFile(file, environment);
  if (old.report.refused) return refuse(streams, old.report.problems);
  const plan = await planImport(old, { registration, folder, environment, random: systemRandom });
  if (plan.kind === "refused") return refuse(streams, plan.problems);
  try {
    await writeNewFiles(folder, plan.files, systemRandom);
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    streams.err(`${error.message}\nNothing was written.`);
    return ExitCode.unavailable;
  }
  streams.out(`${printable(old.file)}\n\n${describeKeys(plan)}\n`);
  const rendered = await addMails(context, plan, folder);
  const decisions = describeDecisions(plan);
  if (decisions !== "") streams.out(`${decisions}\n`);
  streams.out(nextSteps(plan, folder));
  return rendered && plan.loaded.kind === "loaded" ? ExitCode.ok : ExitCode.failed;
}

function refuse({ err }: Streams, problems: readonly Problem[]): ExitCode {
  for (const problem of problems) err(formatProblem(problem));
  err("Nothing was written.");
  return ExitCode.configuration;
}

async function addMails(
  { streams: { out, err }, now }: CommandContext,
  { loaded }: Plan,
  folder: string,
): Promise<boolean> {
  if (loaded.kind === "refused") return false;
  try {
    const compared = await compareMails(loaded.settings, now(), (line) => err(printable(line)));
    await writeNewFiles(folder, mailFiles(compared), systemRandom);
    out(`${describeMails(compared)}\n`);
    return true;
  } catch (error) {
    if (!(error instanceof RenderError || error instanceof WriteError)) throw error;
    err(printableLines(error.message));
    return false;
  }
}

function nextSteps({ files, hasNewTokens, loaded }: Plan, folder: string): string {
  const config = join(folder, CONFIG_NAME);
  const names = [...files.keys()].map((name) => `  ${printable(join(folder, name))}`).join("\n");
  const registration = shellWord(join(folder, "registration.yaml"));
  const top = new Set([...files.keys()].map((name) => name.split("/")[0] ?? name));
  const owned = [...top].map((name) => shellWord(join(folder, name))).join(" ");
  const tokens = hasNewTokens ? "it has new tokens" : "the tokens are the same";
  return `Written, readable by you alone:
${names}

Next:

  1. ${
    loaded.kind === "loaded" ? "Read the comments in it" : "Decide what its comments ask for"
  }, ` +
    `then check it and try it:

         appservice-mxisd config check -c ${shellWord(config)}
         appservice-mxisd doctor -c ${shellWord(config)}

  2. Let the service's user read the files, and the homeserver's group the registration:

         chown -R appservice-mxisd ${owned}
         chgrp matrix-synapse ${registration} && chmod 640 ${registration}

  3. Name the registration in the homeserver's configuration, in place of an old one (${tokens}).
     Stop the old service, start this one, restart the homeserver.

docs/from-ma1sd.md has the whole plan, and the way back.`;
}
