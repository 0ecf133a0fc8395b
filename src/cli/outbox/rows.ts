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
import { invitationName, mailName, parseName, titleOf } from "./names.ts";
import { isInvitationState, isMailState } from "./states.ts";
import { tellHistory } from "./story.ts";
import { asTime } from "./times.ts";
import { holdText, type Situation, tellWaiting } from "./waits.ts";

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
  return await withOutbox(context, async ({ outbox: { records }, now }) => {
    const invitations = state === undefined || isInvitationState(state)
      ? await records.invitations({ state, user, count })
      : [];
    const mails = state === undefined || isMailState(state)
      ? await records.mails({ state, user, count })
      : [];
    const situation = { holds: await records.holds(), now, brief: true };
    const { holds } = situation;
    if (args.json) {
      out(writeJson({
        invitations: invitations.map((invitation) => invitationDocument(invitation, holds)),
        mails: mails.map((mail) => mailDocument(mail, holds)),
      }));
      return ExitCode.ok;
    }
    for (const invitation of invitations) out(printable(invitationLine(invitation, situation)));
    for (const mail of mails) out(printable(mailLine(mail, situation)));
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
  return await withRow(context, args.id, async (records, row, now) => {
    const situation = { holds: await records.holds(), now };
    const { holds } = situation;
    if (row.work === "invitations") {
      const invitation = await records.invitation(row.id);
      if (invitation === undefined) return unknown(err, args.id);
      const history = tellHistory(invitation, await records.timeline(row.id));
      if (args.json) {
        out(writeJson({
          ...invitationDocument(invitation, holds),
          history: history.map(({ at, step, text }) => ({ at: asTime(at), step, text })),
        }));
        return ExitCode.ok;
      }
      const lines = history.map(({ at, text }) => `  ${asTime(at)}  ${text}`);
      const document = invitationDocument(invitation, holds);
      const waiting = tellWaiting(invitation, "invitations", situation);
      out(
        [titleOf(invitation), ...facts(document, waiting), ...lines].map(printable).join("\n"),
      );
      return ExitCode.ok;
    }
    const mail = await records.mail(row.id);
    if (mail === undefined) return unknown(err, args.id);
    const document = mailDocument(mail, holds);
    if (args.json) out(writeJson(document));
    else {
      const title = `${mailName(mail.id)}: to ${mail.address}`;
      out(
        [title, ...facts(document, tellWaiting(mail, "mails", situation))].map(printable).join(
          "\n",
        ),
      );
    }
    return ExitCode.ok;
  });
}

/** Makes a row due at once. */
export function retryRow(context: CommandContext, id: string): Promise<ExitCode> {
  return changeRow(context, id, (records, row) => records.retry(row), (row, situation) => {
    const held = holdText(row.work, situation);
    return `${id} is due now${held === undefined ? "" : `, but waits ${held}`}`;
  });
}

/** Ends a row that waits. */
export function cancelRow(context: CommandContext, id: string): Promise<ExitCode> {
  return changeRow(context, id, (records, row) => records.cancel(row), () => `${id} is cancelled`);
}

async function changeRow(
  context: CommandContext,
  id: string,
  change: (records: Records, row: RecordRef) => Promise<Intervention>,
  done: (row: RecordRef, situation: Situation) => string,
): Promise<ExitCode> {
  const { out, err } = context.streams;
  return await withRow(context, id, async (records, row, now) => {
    const result = await change(records, row);
    switch (result.kind) {
      case "done":
        out(printable(done(row, { holds: await records.holds(), now })));
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
  work: (records: Records, row: RecordRef, now: number) => Promise<ExitCode>,
): Promise<ExitCode> {
  const row = parseName(id);
  if (row !== undefined) {
    return await withOutbox(context, ({ outbox: { records }, now }) => work(records, row, now));
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

function invitationLine(invitation: InvitationRecord, situation: Situation): string {
  const { receivedAt, invitee, state, reason } = invitation;
  const room = invitation.roomName ?? invitation.roomId;
  return [
    invitationName(invitation.id).padEnd(7),
    asTime(receivedAt),
    ` ${stateText(state, reason)}: ${invitee} to ${JSON.stringify(room)} by ${invitation.inviter}`,
    ...waitingText(tellWaiting(invitation, "invitations", situation)),
  ].join(" ");
}

function mailLine(mail: MailRecord, situation: Situation): string {
  return [
    mailName(mail.id).padEnd(7),
    asTime(mail.queuedAt),
    ` ${stateText(mail.state, mail.reason)}: to ${mail.address} for ${mail.userId}`,
    ...waitingText(tellWaiting(mail, "mails", situation)),
  ].join(" ");
}

function stateText(state: string, reason: string | undefined): string {
  return reason === undefined ? state : `${state} (${reason})`;
}

function waitingText(waiting: string | undefined): readonly string[] {
  return waiting === undefined ? [] : [`- ${waiting}`];
}

function facts(
  document: Readonly<Record<string, unknown>>,
  waiting: string | undefined,
): readonly string[] {
  return Object.entries({ ...document, waiting }).filter(([key, value]) =>
    value !== undefined && key !== "id"
  )
    .map(([key, value]) => `  ${key.padEnd(12)} ${factText(value)}`);
}

function factText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).filter((part) => part !== undefined).join(", ") || "none";
}
