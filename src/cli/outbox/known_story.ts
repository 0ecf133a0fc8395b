/**
 * Tells in sentences what the homeserver's knowledge about the invitee decided.
 *
 * @module
 */

import type { TimelineEntry } from "../../outbox/reports.ts";
import { asTime } from "./times.ts";

/** The reason of an email that waits because its recipient uses a client. */
export const IN_USE = "the recipient uses a client";

/** An email that waits until its recipient is away. */
export function tellInUse(mail: string | undefined, { until }: TimelineEntry["data"]): string {
  const time = typeof until === "number" ? ` until ${asTime(until)}` : "";
  return `Email ${mail} waits${time}, as the invitee used a client shortly before the invitation ` +
    "came, and may see it there (notify.activeWithin).";
}

/** An invitation that an email is no longer about. */
export function tellSpared(mail: string | undefined, reason: string): string {
  return `${reason.slice(0, 1).toUpperCase()}${
    reason.slice(1)
  }: email ${mail} is no longer about ` +
    "this.";
}

/** Why an email is cancelled; `undefined` for other reasons. */
export function whyKnown(reason: string): string | undefined {
  if (reason === "the invitee used a client meanwhile") return `${reason} (notify.activeWithin)`;
  if (reason === "the invitee used a client when they joined the room, or since") {
    return `${reason} (notify.added)`;
  }
  return /^the (?:invitee|account|homeserver) /.test(reason) ? reason : undefined;
}
