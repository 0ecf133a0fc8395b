/**
 * The section `notify.quietHours`: when no emails are sent.
 *
 * @module
 */

import { z } from "zod";
import { choice, parsed } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** A time zone's name in the IANA database. */
export const timeZone = parsed((name) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}, "a time zone such as Europe/Berlin");

// In minutes after midnight.
const timeOfDay = parsed((text) => {
  const [, hours, minutes] = /^([01]?[0-9]|2[0-3]):([0-5][0-9])$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}, 'a time of day such as "22:00"');

const MINUTES_A_DAY = 24 * 60;
const MIN_BETWEEN_MINUTES = 120;

/** The section `notify.quietHours`. */
export const quietHoursSection = section(
  "When no emails are sent, in the local time of the person. What is due waits. Off by default.",
  {
    from: timeOfDay.optional().meta({ examples: ["22:00"] }).describe(
      "When they begin every day, in quotation marks.",
    ),
    to: timeOfDay.optional().meta({ examples: ["07:00"] }).describe("When they end."),
    days: z.array(choice(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])).prefault([])
      .refine(
        (days) => new Set(days).size < 7,
        "expected at least one day on which emails are sent",
      ).meta({ examples: [["sat", "sun"]] }).describe("Days that are quiet from 0:00 to 24:00."),
    timeZone: timeZone.optional().meta({ examples: ["Europe/Berlin"] }).describe(
      "The time zone of people whose own is not known. By default notify.timeZone.",
    ),
  },
).superRefine(({ from, to }, context) => {
  const report = (message: string, key: string) =>
    context.addIssue({ code: "custom", message, path: [key] });
  if ((from === undefined) !== (to === undefined)) {
    report("expected together with the other of from and to", from === undefined ? "to" : "from");
  } else if (from !== undefined && to !== undefined && between(from, to) < MIN_BETWEEN_MINUTES) {
    report("expected at least two hours a day in which emails are sent", "to");
  }
});

function between(from: number, to: number): number {
  return (from - to + MINUTES_A_DAY) % MINUTES_A_DAY;
}
