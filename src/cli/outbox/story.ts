/**
 * Tells an invitation's history in sentences, which an administrator understands without the
 * documentation.
 *
 * @module
 */

import type { InvitationRecord } from "../../outbox/records.ts";
import type { TimelineEntry } from "../../outbox/reports.ts";
import { limitOf } from "../../outbox/work.ts";
import { isInRoom, tellAdded, tellJoined } from "./added_story.ts";
import { isOnlyBounced, tellBounce } from "./bounce_story.ts";
import { IN_USE, tellInUse, tellSpared, whyKnown } from "./known_story.ts";
import { invitationName, mailName } from "./names.ts";
import { asTime } from "./times.ts";
import { gathered, gathering, limitText } from "./waits.ts";

/** One sentence, or a few, about one entry of the history. */
export interface Sentence {
  /** When it happened, in milliseconds UTC. */
  readonly at: number;
  /** The entry's step. */
  readonly step: string;
  /** It contains texts of others: escape it for a terminal. */
  readonly text: string;
}

type Data = TimelineEntry["data"];
type Invitation = Pick<InvitationRecord, "invitee" | "state" | "reason">;

/** The history in sentences, the oldest first. */
export function tellHistory(
  invitation: Invitation,
  timeline: readonly TimelineEntry[],
): readonly Sentence[] {
  return timeline.map((entry, index): Sentence => {
    const { at, step, data } = entry;
    const added = timeline.slice(0, index).some(isInRoom) && tellAdded(entry, invitation.invitee);
    return { at, step, text: added || sentenceOf(step, data, at, invitation) };
  });
}

const ANSWERS: Readonly<Record<string, (invitee: string) => string>> = {
  joined: (invitee) => `${invitee} joined the room.`,
  declined: (invitee) => `${invitee} declined.`,
  withdrawn: () => "The invitation was withdrawn.",
  banned: (invitee) => `${invitee} was banned from the room.`,
};

function sentenceOf(step: string, data: Data, at: number, { invitee }: Invitation): string {
  const reason = textOf(data.reason);
  const mail = typeof data.mail === "number" ? mailName(data.mail) : undefined;
  switch (step) {
    case "seen":
      return seen(data, at);
    case "gathering":
      return gathering(mail, data);
    case "gathered":
      return gathered(mail, data);
    case "merged":
      return `${textOf(data.inviter)} invited to the same room: the one email is about both.`;
    case "superseded":
      return "A newer invitation to the same room takes its place.";
    case "limited":
      return limited(reason, mail);
    case "resolved":
      return `${resolved(data)}${storesText(data)}`;
    case "deferred":
      if (isHomeserver(reason)) return `It waits, as ${reason}. ${again(data)}`;
      return mail === undefined
        ? `The identity stores could not be asked: ${reason}. ${again(data)}`
        : `Email ${mail} could not be sent: ${reason}. ${again(data)}`;
    case "postponed":
      if (reason === IN_USE) return tellInUse(mail, data);
      return `Email ${mail} waits for the end of ${reason}${untilText(data)}.`;
    case "spared":
      return tellSpared(mail, reason);
    case "joined":
      return isInRoom({ step, data })
        ? tellJoined(invitee, data)
        : `${invitee} joined the room later.`;
    case "skipped":
      return `No email is sent: ${whySkipped(reason, data, invitee)}${storesText(data)}`;
    case "failed":
      if (isHomeserver(reason)) return `No email is sent: ${reason}, for days now.`;
      return `No email is sent: the identity stores could not be asked for days: ${reason}. ` +
        "outbox retry starts again.";
    case "suppressed":
      if (isOnlyBounced(data)) {
        return mail === undefined
          ? "Earlier emails to an address came back: nothing is sent to it."
          : `Earlier emails to the address came back: email ${mail} is no longer about this.`;
      }
      return mail === undefined
        ? `The owner of an address has stopped ${scopesOf(data)}: nothing is sent to it.`
        : `The owner of the address stopped ${
          scopesOf(data)
        }: email ${mail} is no longer about this.`;
    case "answered":
      return (ANSWERS[reason] ?? (() => `It was answered: ${reason}.`))(invitee) +
        (data.source === "database" ? " Synapse's database says so (notify.sweep)." : "");
    case "cancelled":
      return `${mail === undefined ? "It" : `Email ${mail}`} is cancelled: ${
        whyCancelled(reason)
      }.`;
    case "sent":
      return `The mail server accepted email ${mail}: ${textOf(data.response)}${
        reminderText(data)
      }`;
    case "rejected":
      return `Email ${mail} ends, as the mail server refuses the address: ${reason}`;
    case "expired":
      return `Email ${mail} ends, as it could not be sent for days: ${reason}. ` +
        "outbox retry starts again.";
    case "next address":
      return (typeof data.joins === "number"
        ? `Email ${names(data)}, which waits for the person's next address, is about it as well `
        : `Email ${names(data)} to the person's next address is queued `) +
        "(notify.addresses: failover).";
    case "bounced":
      return `Email ${mail} ${tellBounce(data)}`;
    case "retried":
      return `The administrator retried ${mail === undefined ? "it" : `email ${mail}`}.`;
    default:
      return `${step}: ${JSON.stringify(data)}`;
  }
}

function limited(reason: string, mail: string | undefined): string {
  const limit = limitOf(reason);
  const what = mail === undefined ? "It" : `Email ${mail}`;
  return `${what} has to wait for ${limit === undefined ? reason : limitText(limit)}.`;
}

function mailedBefore(data: Data): string {
  const { invitation, at } = (data.mailedBefore ?? {}) as Readonly<Record<string, unknown>>;
  return typeof invitation === "number" && typeof at === "number"
    ? `one about ${invitationName(invitation)} was sent at ${asTime(at)}`
    : "one about an earlier invitation was sent";
}

function seen({ dueAt, source, catchingUp, late }: Data, at: number): string {
  const seen = source === "database"
    ? "The invitation was found in Synapse's database: Synapse had not sent it (notify.sweep)"
    : "The homeserver sent the invitation";
  if (catchingUp === true) {
    const old = late === true ? ", when it was older than notify.maxAge" : "";
    return typeof dueAt !== "number"
      ? `${seen} after a downtime.`
      : `${seen} after a downtime${old}. Nothing is mailed until it has sent all that happened ` +
        "meanwhile, in case this was answered.";
  }
  return typeof dueAt === "number" && dueAt > at
    ? `${seen}. It waits until ${asTime(dueAt)}, in case it is answered (notify.delay).`
    : `${seen}.`;
}

function resolved(data: Data): string {
  const { mails, furtherAddresses } = data;
  const isOne = Array.isArray(mails) && mails.length === 1;
  if (isOne && typeof furtherAddresses === "number") {
    return `The identity stores know ${1 + furtherAddresses} addresses: email ${names(data)} to ` +
      "the first is queued. Another one gets it only if that refuses it (notify.addresses: failover).";
  }
  return isOne
    ? `The identity stores know an address: email ${names(data)} is queued.`
    : `The identity stores know several addresses: emails ${names(data)} are queued.`;
}

function names({ mails }: Data): string {
  return Array.isArray(mails) ? mails.map(Number).map(mailName).join(", ") : "";
}

function reminderText({ reminderAt }: Data): string {
  return typeof reminderAt === "number"
    ? `. A reminder follows at ${asTime(reminderAt)} unless it is answered (notify.reminder).`
    : "";
}

function untilText({ until }: Data): string {
  return typeof until === "number" ? ` (notify.quietHours) until ${asTime(until)}` : "";
}

function storesText({ stores }: Data): string {
  return Array.isArray(stores) && stores.length > 0
    ? ` The stores said: ${stores.join("; ")}.`
    : "";
}

function again({ until }: Data): string {
  return typeof until === "number" ? `The next attempt is at ${asTime(until)}.` : "";
}

function whySkipped(reason: string, data: Data, invitee: string): string {
  const lookup = `"lookup ${invitee}" shows what each store says.`;
  const bySetting = whyNotSelected(reason);
  if (bySetting !== undefined) return bySetting;
  switch (reason) {
    case "too old":
      return "it was too old when the homeserver sent it (notify.maxAge, notify.catchUp). " +
        "outbox retry sends one all the same.";
    case "mailed before":
      return `${mailedBefore(data)}, less than notify.repeatAfter before, and ${invitee} has not ` +
        "been in the room since. outbox retry sends another.";
    case "no profile":
      return `no identity store knows this user. ${lookup}`;
    case "no user of exactly this ID":
      return `the identity stores know this user only with other upper and lower case. ${lookup}`;
    case "no address":
      return `the identity stores know this user, but no email address. ${lookup}`;
    case "locked":
    case "deactivated":
      return `the account is ${reason}. ${lookup}`;
    case "bounced":
      return 'earlier emails to the address came back. "suppressions list" shows until when, and ' +
        '"suppressions lift" ends it.';
    case "suppressed":
      return `the owner of the address has stopped ${scopesOf(data)}. ` +
        `"suppressions list" shows it.`;
    case "joined":
      return "the invitee is in the room, and notify.added is no longer set.";
    default:
      return `${whyKnown(reason) ?? reason}.`;
  }
}

function isHomeserver(reason: string): boolean {
  return reason.startsWith("the homeserver ");
}

const SELECTED: Readonly<Record<string, string>> = {
  "notify": "this user",
  "notify.inviters": "the inviter",
  "notify.rooms": "the room",
  "notify.servers": "the inviter's server",
};

function whyNotSelected(reason: string): string | undefined {
  const [, not, key = "", list] = /^(not )?in (notify[a-z.]*)\.(only|except)$/.exec(reason) ?? [];
  const what = SELECTED[key];
  if (what !== undefined) return `${key}.${list} ${not ? "does not list" : "lists"} ${what}.`;
  const [, kind] = /^notify\.kinds\.([a-z]+) is false$/.exec(reason) ?? [];
  return kind === undefined
    ? undefined
    : `notify.kinds.${kind} is false, and ${KINDS[kind] ?? kind}.`;
}

const KINDS: Readonly<Record<string, string>> = {
  direct: "this is a chat with one other person",
  space: "this is a space",
  room: "this is a room",
  bridged: "a bridge connects this room with another network",
};

function whyCancelled(reason: string): string {
  switch (reason) {
    case "answered":
      return "the invitation was answered meanwhile";
    case "suppressed":
      return "the owner of the address has stopped such emails";
    case "bounced":
      return "earlier emails to the address came back";
    case "cancelled by the administrator":
      return "the administrator did that";
    default:
      return whyKnown(reason) ?? "the invitation is no longer open";
  }
}

const SCOPES: Readonly<Record<string, string>> = {
  all: "all emails",
  outside: "emails about inviters from outside",
  room: "emails about this room",
  inviter: "emails about this inviter",
};

function scopesOf({ scopes }: Data): string {
  const names = Array.isArray(scopes) ? scopes.map((scope) => SCOPES[String(scope)]) : [];
  return names.filter((name) => name !== undefined).join(" and ") || "such emails";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "unknown";
}
