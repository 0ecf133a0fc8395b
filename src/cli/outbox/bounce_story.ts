/**
 * Tells of emails that came back, in sentences.
 *
 * @module
 */

import { END_SCORE } from "../../outbox/bounce_score.ts";
import type { TimelineEntry } from "../../outbox/reports.ts";
import { asTime } from "./times.ts";

type Data = TimelineEntry["data"];

/** The sentence of an email that came back, without its subject. */
export function tellBounce({ severity, status, text, score, until }: Data): string {
  const said = [String(text), typeof status === "string" ? `(${status})` : ""];
  const why = text === "" ? "without a reason" : said.filter((part) => part !== "").join(" ");
  if (severity === "complaint") {
    return "was reported as spam: nothing more is sent to the address. " +
      '"suppressions list" shows it.';
  }
  if (severity !== "hard" && severity !== "soft") {
    return `came back: ${why}. That does not count against the address.`;
  }
  const ended = typeof until === "number"
    ? `nothing is sent to it until ${asTime(until)}. "suppressions lift" ends that.`
    : `from ${END_SCORE} on nothing is sent to it (notify.bounces).`;
  return `came back: ${why}. That counts against the address, whose score is ${score}: ${ended}`;
}

/** Whether bounces alone keep emails from an address. */
export function isOnlyBounced({ scopes }: Data): boolean {
  return Array.isArray(scopes) && scopes.every((scope) => scope === "bounce");
}
