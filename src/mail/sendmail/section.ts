/**
 * The section of the configuration for the program sendmail.
 *
 * @module
 */

import { z } from "zod";
import { MINUTE, SECOND } from "../../settings/duration.ts";
import { durationWithin, path, text } from "../../settings/kinds.ts";

/** Stands for the envelope's sender in an argument. */
export const FROM = "{from}";
/** Stands for the envelope's recipient in an argument. */
export const TO = "{to}";

/** The section's keys. */
export const sendmailSection = z.strictObject({
  command: path("folder").prefault("/usr/sbin/sendmail").describe(
    "The program, which takes emails as Sendmail does: Postfix, Exim and msmtp bring one.",
  ),
  args: z.array(text()).refine(
    (args) => args.indexOf("--") >= 0 && args.indexOf("--") < args.indexOf(TO),
    'expected "--" and behind it "{to}": an address could be taken for an option',
  ).default(["-i", "-f", FROM, "--", TO]).describe(
    "Its arguments, with {from} and {to} for the envelope's addresses; no shell sees them.",
  ),
  timeout: durationWithin(SECOND, 10 * MINUTE).default(MINUTE).describe(
    "How long it may take; then it is killed.",
  ),
});

/** The section's settings. */
export type SendmailSettings = z.output<typeof sendmailSection>;
