/**
 * The command `simulate`: shows step by step what an invite would lead to.
 *
 * @module
 */

import { machinePlatform } from "../../app/platform.ts";
import { parseUserId } from "../../domain/user_id.ts";
import type { StoreResult } from "../../identity/query_stores.ts";
import { simulate } from "../../simulation/simulate.ts";
import type { Step } from "../../simulation/step.ts";
import { printable, printableLines } from "../../text/printable.ts";
import { paint, type Style } from "../colors.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadConfiguration } from "../load_configuration.ts";
import { levelFor, openLogging } from "../logging.ts";
import { describeResult, resultDocument } from "../store_result.ts";
import { writeJson } from "../write_json.ts";

/** The command's arguments. */
export interface SimulateArguments {
  /** Who invites, a Matrix ID. */
  readonly inviter: string;
  /** Who is invited, a Matrix ID. */
  readonly invitee: string;
  /** Whether the emails are sent. */
  readonly send: boolean;
  /** Whether to print one JSON document. */
  readonly json: boolean;
}

/** Tries an invite out, and prints its steps. Fails when there would be no email, or one is not sent. */
export async function simulateInvite(
  context: CommandContext,
  args: SimulateArguments,
): Promise<ExitCode> {
  const { streams: { out, err, outColors }, signal } = context;
  const [inviter, invitee] = [parseUserId(args.inviter), parseUserId(args.invitee)];
  for (const [text, user] of [[args.inviter, inviter], [args.invitee, invitee]] as const) {
    if (user !== undefined) continue;
    err(`${printable(text)} is not a Matrix ID: write one such as @bob:example.org`);
  }
  if (inviter === undefined || invitee === undefined) return ExitCode.usage;
  const loaded = await loadConfiguration(context);
  if (!loaded) return ExitCode.configuration;
  const { settings, storesInOrder } = loaded;
  await using _logging = await openLogging(levelFor("fatal", context.verbosity), context.streams);
  using platform = machinePlatform(settings);
  const steps: object[] = [];
  const { mails, succeeded } = await simulate({ inviter, invitee, now: context.now() }, {
    ...{ settings, platform, stores: storesInOrder, send: args.send },
    onStep(step, answer) {
      if (args.json) steps.push(stepDocument(step, answer));
      else out(describeStep(step, answer, outColors));
    },
  }, signal);
  const result = succeeded ? (args.send ? "sent" : "email") : mails.length > 0 ? "failed" : "none";
  if (args.json) out(writeJson({ inviter, invitee, result, steps, mails }));
  else out(RESULTS[result]);
  return succeeded ? ExitCode.ok : ExitCode.failed;
}

const RESULTS = {
  email: "There would be an email. --send sends it.",
  sent: "Sent.",
  failed: "There would be an email, but it failed.",
  none: "There would be no email.",
} as const;

const STYLES: Readonly<Record<Step["result"], Style>> = {
  ok: "green",
  wait: "yellow",
  stop: "red",
  failed: "red",
  skipped: "bold",
};

const INDENT = " ".repeat(20);

function describeStep(
  { step, result, text }: Step,
  answer: StoreResult | undefined,
  colors = false,
): string {
  const told = answer === undefined
    ? printableLines(text)
    : describeResult(answer, { withQueries: true });
  const mark = paint(result.padEnd(8), STYLES[result], colors);
  return `${step.padEnd(12)}${mark}${told.replaceAll("\n", `\n${INDENT}`)}`;
}

function stepDocument({ step, result, text }: Step, answer: StoreResult | undefined): object {
  return answer === undefined
    ? { step, result, text }
    : { step, result, store: resultDocument(answer) };
}
