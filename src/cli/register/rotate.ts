/**
 * The command `register --rotate`: replaces the hs_token, one step each time it is run. At each step
 * the service accepts what the homeserver sends.
 *
 * @module
 */

import { parseRegistration } from "../../config/registration/parse.ts";
import { withHsToken } from "../../config/registration/rotate.ts";
import type { Settings } from "../../config/sections/settings.ts";
import type { Secret } from "../../settings/secret.ts";
import { type FileRead, readWholeFile, replaceFile } from "../../system/atomic_file.ts";
import { systemRandom } from "../../system/random.ts";
import { ReadError } from "../../system/read_file.ts";
import { WriteError } from "../../system/write_error.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfigurationSections } from "../load_configuration.ts";
import { inYaml, readAgain } from "./advice.ts";

/** Takes the next step, and says what to do before the one after it. */
export async function rotate(context: CommandContext): Promise<ExitCode> {
  const { streams } = context;
  const settings = await loadSettings(context);
  if (!settings) return ExitCode.configuration;
  const { appsvc, server } = settings;
  const file = appsvc.registration.synapse.file;
  if (file === undefined) {
    streams.err(
      "appsvc.registration.synapse.file is not set: only in that file the token can be replaced",
    );
    return ExitCode.configuration;
  }
  try {
    const found = await readWholeFile(file);
    if (found.kind !== "read") {
      const reason = found.kind === "missing" ? "it does not exist" : found.reason;
      streams.err(`${printable(file)} cannot be read: ${reason}`);
      return ExitCode.failed;
    }
    const read = parseRegistration(found.text);
    if (read.kind === "broken") {
      streams.err(`${printable(file)} is not a usable registration: see appservice-mxisd register`);
      return ExitCode.failed;
    }
    const { hs_token: current } = read.registration;
    const { token, previousToken } = appsvc.endpoint.toAS;
    if (token.reveal() !== current.reveal()) {
      streams.err(
        `appsvc.endpoint.toAS.token is not the hs_token in ${
          printable(file)
        }: remove it from the ` +
          "configuration, which then has it from there",
      );
      return ExitCode.failed;
    }
    if (previousToken === undefined) return await keepPrevious(context, file, current);
    if (previousToken.reveal() !== current.reveal()) {
      streams.out(lastStep(server.reload));
      return ExitCode.ok;
    }
    return await replaceToken(context, found);
  } catch (error) {
    if (!(error instanceof ReadError || error instanceof WriteError)) throw error;
    streams.err(error.message);
    return ExitCode.unavailable;
  }
}

async function loadSettings(
  context: CommandContext,
): Promise<Pick<Settings, "appsvc" | "server"> | undefined> {
  return await loadConfigurationSections(context, ["appsvc", "server"], { reportsProblems: true });
}

async function keepPrevious(
  { streams }: CommandContext,
  file: string,
  current: Secret,
): Promise<ExitCode> {
  const kept = `${file}.previous`;
  await replaceFile(kept, `${current.reveal()}\n`, systemRandom);
  streams.out(`Step 1 of 3: the present hs_token is kept in ${printable(kept)}. Next:

  - Let the service read that file: give it the owner and the group of the registration.

  - Add it to the configuration:

        appsvc:
          endpoint:
            toAS:
              previousToken: { file: ${inYaml(kept)} }

  - Run this command again.`);
  return ExitCode.ok;
}

async function replaceToken(
  context: CommandContext,
  { path, text }: Extract<FileRead, { kind: "read" }>,
): Promise<ExitCode> {
  const { streams } = context;
  const token = systemRandom(32).toBase64({ alphabet: "base64url", omitPadding: true });
  const changed = withHsToken(text, token);
  if (changed === undefined) {
    streams.err(`hs_token in ${printable(path)} cannot be replaced: write the file in plain YAML`);
    return ExitCode.failed;
  }
  await replaceFile(path, changed, systemRandom);
  // Where the configuration has the token itself, it would go on with the old one alone.
  const settings = await loadSettings(context);
  if (settings?.appsvc.endpoint.toAS.token.reveal() !== token) {
    await replaceFile(path, text, systemRandom);
    streams.err(
      "Nothing was changed: appsvc.endpoint.toAS.token is written in the configuration. Remove it: " +
        "the service then has it from the registration",
    );
    return ExitCode.failed;
  }
  streams.out(`Step 2 of 3: ${printable(path)} has a new hs_token. Next, in this order:

  - ${readAgain(settings.server.reload)} It accepts both
    tokens from then on.

  - Restart the homeserver: it reads registrations only when it starts.

  - Run this command again.`);
  return ExitCode.ok;
}

function lastStep(reloads: boolean): string {
  return `Step 3 of 3: the registration has a new hs_token, and the one before is still accepted. Next:

  - Wait until the log of this service says "homeserver uses the new token". With "homeserver uses
    the previous token", the homeserver has yet to be restarted.

  - Remove appsvc.endpoint.toAS.previousToken from the configuration, and delete its file.

  - ${readAgain(reloads)}`;
}
