/**
 * Tells in words what an invitation or an email waits for.
 *
 * @module
 */

import type { Holds, Outage, Waiting } from "../../outbox/records.ts";
import type { TimelineEntry } from "../../outbox/reports.ts";
import { type LimitName, limitOf, type Work } from "../../outbox/work.ts";
import { MINUTE } from "../../settings/duration.ts";
import { asTime } from "./times.ts";

/** What all rows wait for, at a time in milliseconds UTC. */
export interface Situation {
  /** What keeps them from being worked on. */
  readonly holds: Holds;
  /** The time. */
  readonly now: number;
  /** Whether to leave the details to `status`, as in lists. */
  readonly brief?: boolean | undefined;
}

/** What a row waits for, without a subject; `undefined` when nothing more will happen by itself. */
export function tellWaiting(
  { waiting, attempts }: { readonly waiting: Waiting; readonly attempts: number },
  work: Work,
  situation: Situation,
): string | undefined {
  const { now } = situation;
  switch (waiting.kind) {
    case "no":
      return undefined;
    case "parked":
      return `waits for ${limitText(waiting.limit)}`;
    case "claimed":
      return "is being worked on at this moment";
    case "due": {
      const held = holdText(work, situation);
      const time = asTime(waiting.at);
      if (held !== undefined) {
        // What has failed in an outage is tried again when that is over, whatever its own time is.
        const isFirst = attempts === 0 && waiting.at > now;
        return `waits ${isFirst ? `until ${time}, and then ` : ""}${held}`;
      }
      if (waiting.at > now) return `waits until ${time}`;
      return waiting.at > now - MINUTE
        ? "is due now"
        : `has been due since ${time}: the service does not run, or is busy with others`;
    }
  }
}

/** What all rows of a kind wait for, without a subject; `undefined` if it is nothing. */
export function holdText(
  work: Work,
  { holds: { catchingUp, outages }, now, brief = false }: Situation,
): string | undefined {
  if (brief && catchingUp !== undefined) return "until the homeserver has caught up (see status)";
  if (brief && outages[work]) {
    return `for the ${work === "mails" ? "mail server" : "identity stores"} (see status)`;
  }
  if (catchingUp !== undefined) {
    return "until the homeserver has sent all that happened during a downtime, as this may have been " +
      `answered: it has been catching up since ${asTime(catchingUp)}`;
  }
  const outage = outages[work];
  return outage && `for ${outageText(work, outage, now)}`;
}

/** An outage in words. */
export function outageText(work: Work, { since, probeAt, reason }: Outage, now: number): string {
  const [what, one] = work === "mails"
    ? ["the mail server, which has", "email"]
    : ["the identity stores, which have", "invitation"];
  const next = probeAt > now
    ? `next attempt is at ${asTime(probeAt)}`
    : `latest one was due at ${asTime(probeAt)}`;
  return `${what} been out of order since ${asTime(since)} (${reason}): one ${one} at a time is ` +
    `tried, the ${next}`;
}

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
