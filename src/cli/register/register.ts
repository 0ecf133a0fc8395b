/**
 * The command `register`: writes or checks the registration file for the homeserver.
 *
 * @module
 */

import { resolve } from "node:path";
import { checkRegistration } from "../../config/registration/compare.ts";
import { checkMode } from "../../config/registration/file.ts";
import {
  generateRegistration,
  type WantedRegistration,
} from "../../config/registration/generate.ts";
import { parseRegistration } from "../../config/registration/parse.ts";
import { wantedRegistration } from "../../config/registration/wanted.ts";
import { formatProblem } from "../../config/source/problem.ts";
import { type FileRead, readWholeFile, replaceFile } from "../../system/atomic_file.ts";
import { systemRandom } from "../../system/random.ts";
import { ReadError } from "../../system/read_file.ts";
import { WriteError } from "../../system/write_error.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfigurationSections } from "../load_configuration.ts";
import type { Streams } from "../streams.ts";
import { linkAdvice, nextSteps } from "./advice.ts";
import { secretManifest } from "./kubernetes.ts";

/** How the registration is written. */
export type RegistrationFormat = "file" | "k8s-secret";

/**
 * Writes the registration to the given file, else to the configured one, else prints it. A file that
 * exists is checked and left as it is. As a Secret it is printed in any case, the file's text if there
 * is one.
 */
export async function register(
  context: CommandContext,
  output: string | undefined,
  format: RegistrationFormat = "file",
): Promise<ExitCode> {
  const { streams } = context;
  let unlinked = false;
  const settings = await loadConfigurationSections(context, ["matrix", "appsvc", "server"], {
    newToken() {
      unlinked = true;
      return systemRandom(32).toHex();
    },
  });
  if (!settings) return ExitCode.configuration;
  const wanted = wantedRegistration(settings);
  // Without a configured token, the file's is correct.
  const own = unlinked ? { ...wanted, hsToken: undefined } : wanted;
  const named = output ?? settings.appsvc.registration.synapse.file;
  const isSecret = format === "k8s-secret";
  if (named === undefined) {
    const text = generateRegistration(own, systemRandom);
    streams.out(isSecret ? secretManifest(text) : text);
    if (unlinked && !isSecret) streams.err(linkAdvice("/path/to/this/file"));
    return ExitCode.ok;
  }
  const file = resolve(named);
  const printsLink = unlinked && settings.appsvc.registration.synapse.file !== file;
  try {
    const found = await readWholeFile(file);
    if (found.kind === "refused") {
      streams.err(`${printable(file)} cannot be read: ${found.reason}`);
      return ExitCode.failed;
    }
    if (isSecret) return printSecret(found, file, own, streams);
    if (found.kind === "read") {
      const code = check(found, file, own, streams);
      if (printsLink && code === ExitCode.ok) streams.out(linkAdvice(file));
      return code;
    }
    await replaceFile(file, generateRegistration(own, systemRandom), systemRandom);
  } catch (error) {
    if (!(error instanceof ReadError || error instanceof WriteError)) throw error;
    const key = output === undefined ? "appsvc.registration.synapse.file: " : "";
    streams.err(`${key}${error.message}`);
    return ExitCode.unavailable;
  }
  streams.out(nextSteps(file));
  if (printsLink) streams.out(linkAdvice(file));
  return ExitCode.ok;
}

function printSecret(
  found: Exclude<FileRead, { kind: "refused" }>,
  file: string,
  wanted: WantedRegistration,
  streams: Streams,
): ExitCode {
  if (found.kind === "missing") {
    streams.out(secretManifest(generateRegistration(wanted, systemRandom)));
    return ExitCode.ok;
  }
  const code = check(found, file, wanted, { ...streams, out() {} });
  if (code === ExitCode.ok) streams.out(secretManifest(found.text));
  return code;
}

function check(
  { text, mode }: Extract<FileRead, { kind: "read" }>,
  file: string,
  wanted: WantedRegistration,
  { out, err }: Streams,
): ExitCode {
  const read = parseRegistration(text);
  const differences = read.kind === "broken" ? [] : checkRegistration(read.registration, wanted);
  const problems = [...checkMode(mode), ...read.problems, ...differences];
  for (const problem of problems) err(formatProblem({ file, ...problem }));
  if (problems.some(({ severity }) => severity === "error")) {
    err(`${printable(file)} does not match the configuration. Nothing was changed.`);
    return ExitCode.failed;
  }
  out(`${printable(file)} matches the configuration. Nothing was changed.`);
  return ExitCode.ok;
}
