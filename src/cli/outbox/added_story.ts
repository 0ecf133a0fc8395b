/**
 * Tells in sentences what became of an invitation whose invitee is in the room already.
 *
 * @module
 */

import type { TimelineEntry } from "../../outbox/reports.ts";
import { mailName } from "./names.ts";
import { asTime } from "./times.ts";

/** Whether the invitee is in the room from this entry on, and the invitation still open. */
export function isInRoom({ step, data }: Pick<TimelineEntry, "step" | "data">): boolean {
  return step === "joined" && data.dueAt !== undefined;
}

/** An invitee who is in the room, and may not know it. */
export function tellJoined(invitee: string, { dueAt }: TimelineEntry["data"]): string {
  return `${invitee} is in the room now. At ${
    asTime(Number(dueAt))
  } it is found out whether they ` +
    "joined it by a client, or the homeserver did it for them (notify.added).";
}

/** What reads differently when the invitee is in the room; `undefined` for all other entries. */
export function tellAdded({ step, data }: TimelineEntry, invitee: string): string | undefined {
  if (step === "answered" && data.reason === "declined") return `${invitee} left the room.`;
  if (step === "answered" && data.reason === "withdrawn") {
    return `${invitee} was removed from the room.`;
  }
  if (step !== "sent" || typeof data.mail !== "number") return undefined;
  return `The mail server accepted email ${mailName(data.mail)}, which says that ${invitee} was ` +
    `added to the room (notify.added): ${String(data.response)}`;
}
