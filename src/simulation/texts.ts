/**
 * Tells the steps of an invite in words.
 *
 * @module
 */

import { quietHoursOf } from "../app/notify_options.ts";
import type { Settings } from "../config/sections/settings.ts";
import type { Recipient } from "../outbox/port.ts";
import { formatDuration } from "../settings/duration.ts";
import { quietUntil } from "../settings/quiet_hours.ts";
import type { SimulatedMail, Step } from "./step.ts";

/** A person as an email would be addressed. */
export function personText(
  { name, language, timeZone }: Recipient,
  addresses: readonly string[],
  failover: readonly string[],
): string {
  const facts = [
    name === "" ? "no name" : name,
    language === undefined ? "language not known" : `language ${language}`,
    timeZone === undefined ? "time zone not known" : `time zone ${timeZone}`,
    `to ${addresses.join(", ")}`,
    ...failover.length > 0 ? [`or, where that is refused, ${failover.join(", ")}`] : [],
  ];
  return facts.join("; ");
}

/** An email in lines. */
export function mailText(mail: SimulatedMail): string {
  const { address, redirectedTo, from, language, template, subject = "", via } = mail;
  const to = redirectedTo === undefined
    ? address
    : `${redirectedTo} instead of ${address} (a trial)`;
  return [
    `to        ${to}`,
    `from      ${from}`,
    `subject   ${subject}`,
    `language  ${language}`,
    `template  ${template}`,
    `via       ${via}`,
  ].join("\n");
}

/** When an email would be sent. */
export function* timeSteps(
  settings: Settings,
  now: number,
  timeZone: string | undefined,
): Generator<Step> {
  const { delay, digest: { window }, activeWithin, repeatAfter } = settings.notify;
  const details = [
    `${formatDuration(delay)} after the invite, unless it is answered (notify.delay)`,
    ...window === null ? [] : [
      `one email in ${
        formatDuration(window)
      } for a person, about all invitations (notify.digest.window)`,
    ],
    ...repeatAfter === null ? [] : [
      `once in ${formatDuration(repeatAfter)} for a room (notify.repeatAfter)`,
    ],
    ...activeWithin === undefined ? [] : [
      `not to who used a client within ${formatDuration(activeWithin)} (notify.activeWithin)`,
    ],
  ];
  yield { step: "time", result: "ok", text: details.join("; ") };
  const quiet = quietHoursOf(settings);
  if (quiet === undefined) return;
  const until = quietUntil(quiet, now + delay, [timeZone]);
  yield until === undefined
    ? { step: "time", result: "ok", text: "not in quiet hours (notify.quietHours)" }
    : {
      step: "time",
      result: "wait",
      text: `quiet hours until ${new Date(until).toISOString().slice(0, 16)}Z (notify.quietHours)`,
    };
}
