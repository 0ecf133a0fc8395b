/**
 * The command `register`: the registration file that the homeserver reads.
 *
 * @module
 */

import { readWholeFile, replaceFile } from "../config/atomic_file.ts";
import { formatProblem } from "../config/problem.ts";
import { parseRegistration } from "../config/registration.ts";
import { checkRegistration } from "../config/registration_check.ts";
import { generateRegistration } from "../config/registration_generate.ts";
import type { Settings } from "../config/settings.ts";
import { printable } from "../domain/printable.ts";
import { type RandomBytes, systemRandom } from "../domain/random.ts";
import type { CommandContext } from "./command.ts";
import { loadConfiguration } from "./configuration.ts";
import { ExitCode } from "./exit_code.ts";
import { wantedRegistration } from "./wanted_registration.ts";

/**
 * Writes the registration to the file named, else to the one of the configuration, else prints it. A
 * file that is there is checked and left as it is.
 */
export async function register(
  context: CommandContext,
  output: string | undefined,
): Promise<ExitCode> {
  const loaded = await loadConfiguration(context, { newToken: () => newToken(systemRandom) });
  if (!loaded) return ExitCode.configuration;
  const { settings } = loaded;
  const file = output ?? settings.appsvc.registration.synapse.file;
  const wanted = wantedRegistration(settings);
  if (file === undefined) {
    context.streams.out(generateRegistration(wanted, systemRandom).trimEnd());
    return ExitCode.ok;
  }
  try {
    const found = await readWholeFile(file);
    if (found.kind === "read") return check(found.text, file, settings, context);
    if (found.kind === "refused") {
      context.streams.err(`${printable(file)}: ${found.reason}`);
      return ExitCode.failed;
    }
    await replaceFile(file, generateRegistration(wanted, systemRandom), systemRandom);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    context.streams.err(`${printable(file)} cannot be written: ${printable(error.message)}`);
    return ExitCode.unavailable;
  }
  tellNextStep(file, settings, context);
  return ExitCode.ok;
}

function newToken(random: RandomBytes): string {
  return random(32).toBase64({ alphabet: "base64url", omitPadding: true });
}

function check(
  text: string,
  file: string,
  settings: Settings,
  { streams }: CommandContext,
): ExitCode {
  const read = parseRegistration(text);
  const problems = read.kind === "broken"
    ? read.problems
    : [...read.problems, ...checkRegistration(read.registration, wantedRegistration(settings))];
  for (const problem of problems) streams.err(formatProblem({ file, ...problem }));
  if (problems.some(({ severity }) => severity === "error")) return ExitCode.failed;
  streams.out(`${printable(file)} fits the configuration; nothing was changed.`);
  return ExitCode.ok;
}

function tellNextStep(file: string, settings: Settings, { streams }: CommandContext): void {
  const path = printable(file);
  const lines = [
    `${path} is written, readable by its owner and group. What comes next:`,
    "",
    "1. Let the homeserver read it. For Synapse, as Debian installs it:",
    `       chown :matrix-synapse ${path}`,
    "2. Name it in homeserver.yaml:",
    "       app_service_config_files:",
    `         - ${path}`,
    "3. Restart the homeserver: it reads registrations only when it starts.",
  ];
  if (settings.appsvc.registration.synapse.file === undefined) {
    lines.push(
      "4. Name it in this service's configuration, which takes the tokens from it then:",
      "       appsvc:",
      "         registration:",
      `           synapse: { file: ${path} }`,
    );
  }
  streams.out(lines.join("\n"));
}
