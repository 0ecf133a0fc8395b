/**
 * The command `send-test`: sends a sample email.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { openRenderer } from "../../app/renderer.ts";
import { openTransport } from "../../app/transport.ts";
import { parseEmailAddress } from "../../domain/email_address.ts";
import { bestLanguage } from "../../domain/language.ts";
import type { Fault } from "../../mail/port.ts";
import { sampleLogo } from "../../preview/sample_logo.ts";
import { SAMPLE_NAMES } from "../../preview/sample_mail.ts";
import { testMessage } from "../../preview/test_message.ts";
import { printable, quoted } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import { choices } from "../words.ts";

const FAULTS: Readonly<Record<Fault, string>> = {
  recipient: "The recipient's address is at fault",
  doubtful: "The recipient's address may be at fault, or this service",
  temporary: "The fault is temporary",
  ours: "This service, its settings or the mail server are at fault",
};

/** The command's arguments. */
export interface SendTestArguments {
  /** The recipient. */
  readonly address: string;
  /** One of the samples; `undefined`: a mail that says it is a test. */
  readonly sample: string | undefined;
  /** The recipient's language, a tag of BCP 47. */
  readonly language: string | undefined;
}

/** Sends a sample email to the address, and prints the dialogue with the mail server. */
export async function sendTest(
  context: CommandContext,
  { address: text, sample, language }: SendTestArguments,
): Promise<ExitCode> {
  const { out, err } = context.streams;
  const address = parseEmailAddress(text);
  if (address === undefined) {
    err(`${printable(text)} is not an email address: write one such as bob@example.org`);
    return ExitCode.usage;
  }
  if (sample !== undefined && !SAMPLE_NAMES.includes(sample)) {
    err(`There is no sample ${quoted(sample)}: ${choices(sample, SAMPLE_NAMES)}`);
    return ExitCode.usage;
  }
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const { settings } = loaded;
  const renderer = openRenderer(settings, undefined, sampleLogo());
  const { languages } = renderer;
  if (language !== undefined && bestLanguage([language], languages) === undefined) {
    err(`There is no email in ${quoted(language)}: ${choices(language, languages)}`);
    return ExitCode.usage;
  }
  await using _logging = await openLogging(levelFor("fatal", context.verbosity), context.streams);
  using platform = machinePlatform(settings);
  await using transport = openTransport(settings, platform, ({ from, text }) => {
    out(`${from === "client" ? ">" : "<"} ${printable(text)}`);
  });
  const message = await testMessage(settings, renderer, {
    address,
    now: platform.clock.now(),
    sample,
    language,
  });
  const receipt = await transport.send(message, { signal: context.signal });
  if (receipt.kind === "accepted") {
    out(`${transport.name} has accepted the email: ${printable(receipt.response)}`);
    return ExitCode.ok;
  }
  const code = [receipt.replyCode, receipt.enhancedCode].filter(Boolean).join(" ");
  const { kind, stage, reason, meaning, remedy } = receipt;
  err(
    `${transport.name} has not accepted the email (${kind} at ${stage}` +
      `${code === "" ? "" : `, ${code}`}): ${printable(reason)}`,
  );
  const fault = kind === "rejected" ? "recipient" : receipt.fault;
  err(`${FAULTS[fault]}${meaning === undefined ? "" : `: ${meaning}`}`);
  if (remedy !== undefined) err(`To fix it: ${remedy}`);
  return ExitCode.failed;
}
