/**
 * Tells in words what an email waits for.
 *
 * @module
 */

import type { TimelineEntry } from "../../outbox/reports.ts";
import { type LimitName, limitOf } from "../../outbox/work.ts";
import { asTime } from "./times.ts";

type Data = TimelineEntry["data"];

/** A limit in words, with its key. */
export function limitText(limit: LimitName): string {
  return LIMITS[limit];
}

const LIMITS: Readonly<Record<LimitName, string>> = {
  address: "the limit of emails to this address (notify.limits.perAddress)",
  inviter: "the limit of the inviter's invitations (notify.limits.perInviter)",
  server: "the limit of invitations from the inviter's server (notify.limits.perServer)",
  room: "the limit of invitations to this room (notify.limits.perRoom)",
  overall: "the limit of all emails together (notify.limits.overall)",
};

/** What is said of an email that waits for others. */
export function gathering(mail: string | undefined, data: Data): string {
  return `Email ${mail} waits ${waitText(data)}.`;
}

/** What is said of an invitation that is put into an email with others. */
export function gathered(mail: string | undefined, data: Data): string {
  const others = data.others === 1 ? "another invitation" : `${Number(data.others)} others`;
  const waits = typeof data.reason === "string" ? `, and waits ${waitText(data)}` : "";
  return `Email ${mail} is about ${others} as well (notify.digest)${waits}.`;
}

function waitText({ reason, until }: Data): string {
  const time = typeof until === "number" ? ` until ${asTime(until)}` : "";
  switch (reason) {
    case "more invitations":
      return `for other invitations of the same person, to be one email (notify.digest)${time}`;
    case "digest window":
      return `until ${asTime(Number(until))}, as there was an email before (notify.digest.window)`;
  }
  const limit = limitOf(String(reason));
  return limit === undefined ? `for the end of ${reason}${time}` : `for ${limitText(limit)}`;
}
