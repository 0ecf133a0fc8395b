/**
 * The commands `outbox list`, `show`, `retry` and `cancel`.
 *
 * @module
 */

import { parseUserId } from "../../domain/user_id.ts";
import type {
  Intervention,
  InvitationRecord,
  MailRecord,
  RecordRef,
  Records,
  Refusal,
} from "../../outbox/records.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { withOutbox } from "../with_outbox.ts";
import { writeJson } from "../write_json.ts";
import { invitationDocument, mailDocument } from "./documents.ts";
import { invitationName, mailName, parseName } from "./names.ts";
import { isInvitationState, isMailState } from "./states.ts";
import { tellHistory, tellWaiting, titleOf } from "./story.ts";
import { asTime } from "./times.ts";

/** The arguments of `outbox list`. */
export interface ListArguments {
  /** A state of invitations or emails; both kinds in any state when absent. */
  readonly state?: string | undefined;
  /** A user ID, if only their rows are listed. */
  readonly user?: string | undefined;
  /** The maximum number of each kind. */
  readonly count: number;
  readonly json: boolean;
}

/** Lists invitations and emails, the latest first. */
export async function listRows(context: CommandContext, args: ListArguments): Promise<ExitCode> {
  const { out, err } = context.streams;
  const { state, count } = args;
  const user = parseUserId(args.user);
  if (args.user !== undefined && user === undefined) {
    err(`--user: ${printable(args.user)} is not a Matrix ID: write one such as @bob:example.org`);
    return ExitCode.usage;
  }
  return await withOutbox(context, async ({ outbox: { records } }) => {
    const invitations = state === undefined || isInvitationState(state)
      ? await records.invitations({ state, user, count })
      : [];
    const mails = state === undefined || isMailState(state)
      ? await records.mails({ state, user, count })
      : [];
    if (args.json) {
      out(writeJson({
        invitations: invitations.map(invitationDocument),
        mails: mails.map(mailDocument),
      }));
      return ExitCode.ok;
    }
    for (const invitation of invitations) out(printable(invitationLine(invitation)));
    for (const mail of mails) out(printable(mailLine(mail)));
    if (invitations.length + mails.length === 0) err("There is nothing of that kind");
    if (invitations.length === count || mails.length === count) {
      err(`These are the latest ${count}: --count N shows more`);
    }
    return ExitCode.ok;
  });
}

/** Shows one row, with its history. */
export async function showRow(
  context: CommandContext,
  args: { readonly id: string; readonly json: boolean },
): Promise<ExitCode> {
  const { out, err } = context.streams;
  return await withRow(context, args.id, async (records, row) => {
    if (row.work === "invitations") {
      const invitation = await records.invitation(row.id);
      if (invitation === undefined) return unknown(err, args.id);
      const history = tellHistory(invitation, await records.timeline(row.id));
      if (args.json) {
        out(writeJson({
          ...invitationDocument(invitation),
          history: history.map(({ at, step, text }) => ({ at: asTime(at), step, text })),
        }));
        return ExitCode.ok;
      }
      const lines = history.map(({ at, text }) => `  ${asTime(at)}  ${text}`);
      out(
        [titleOf(invitation), ...facts(invitationDocument(invitation)), ...lines].map(printable)
          .join("\n"),
      );
      return ExitCode.ok;
    }
    const mail = await records.mail(row.id);
    if (mail === undefined) return unknown(err, args.id);
    if (args.json) out(writeJson(mailDocument(mail)));
    else {
      const title = `${mailName(mail.id)}: to ${mail.address}`;
      out([title, ...facts(mailDocument(mail))].map(printable).join("\n"));
    }
    return ExitCode.ok;
  });
}

/** Makes a row due at once. */
export function retryRow(context: CommandContext, id: string): Promise<ExitCode> {
  return changeRow(context, id, (records, row) => records.retry(row), `${id} is due now`);
}

/** Ends a row that waits. */
export function cancelRow(context: CommandContext, id: string): Promise<ExitCode> {
  return changeRow(context, id, (records, row) => records.cancel(row), `${id} is cancelled`);
}

async function changeRow(
  context: CommandContext,
  id: string,
  change: (records: Records, row: RecordRef) => Promise<Intervention>,
  done: string,
): Promise<ExitCode> {
  const { out, err } = context.streams;
  return await withRow(context, id, async (records, row) => {
    const result = await change(records, row);
    switch (result.kind) {
      case "done":
        out(done);
        return ExitCode.ok;
      case "unknown":
        return unknown(err, id);
      case "refused":
        err(`${id} ${REFUSALS[result.refusal]}`);
        return ExitCode.failed;
    }
  });
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  "answered": "was answered, so nothing is to be sent",
  "being worked on": "is being worked on at this moment: try again in a minute",
  "cancelled": "is cancelled, which is final: a new invitation is emailed as usual",
  "ended": "has ended already",
  "has mails": "has emails: retry those (outbox show lists them)",
  "sent": "was sent already",
  "waits for a limit": "waits for a limit, and goes by itself when that has room: raise " +
    "notify.limits to let it go sooner",
};

async function withRow(
  context: CommandContext,
  id: string,
  work: (records: Records, row: RecordRef) => Promise<ExitCode>,
): Promise<ExitCode> {
  const row = parseName(id);
  if (row !== undefined) {
    return await withOutbox(context, ({ outbox: { records } }) => work(records, row));
  }
  context.streams.err(
    `${printable(id)} is not the ID of an invitation, such as i12, or of an email, such as m7`,
  );
  return ExitCode.usage;
}

function unknown(err: (text: string) => void, id: string): ExitCode {
  err(`There is no ${id}: outbox list shows the latest`);
  return ExitCode.failed;
}

function invitationLine(invitation: InvitationRecord): string {
  const { receivedAt, invitee, state, reason } = invitation;
  const room = invitation.roomName ?? invitation.roomId;
  return [
    invitationName(invitation.id).padEnd(7),
    asTime(receivedAt),
    ` ${stateText(state, reason)}: ${invitee} to ${JSON.stringify(room)} by ${invitation.inviter}`,
    ...waitingText(invitation),
  ].join(" ");
}

function mailLine(mail: MailRecord): string {
  return [
    mailName(mail.id).padEnd(7),
    asTime(mail.queuedAt),
    ` ${stateText(mail.state, mail.reason)}: to ${mail.address} for ${mail.userId}`,
    ...waitingText(mail),
  ].join(" ");
}

function stateText(state: string, reason: string | undefined): string {
  return reason === undefined ? state : `${state} (${reason})`;
}

function waitingText(row: InvitationRecord | MailRecord): readonly string[] {
  const waiting = tellWaiting(row);
  return waiting === undefined ? [] : [`- ${waiting}`];
}

function facts(document: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(document).filter(([key, value]) => value !== undefined && key !== "id")
    .map(([key, value]) => `  ${key.padEnd(12)} ${factText(value)}`);
}

function factText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).filter((part) => part !== undefined).join(", ") || "none";
}
