/**
 * The command `why`: tells what became of a person's invitations.
 *
 * @module
 */

import { isLocal, parseUserId, type UserId } from "../../domain/user_id.ts";
import type { Holds, InvitationRecord, MailRecord, Records } from "../../outbox/records.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { withOutbox } from "../with_outbox.ts";
import { writeJson } from "../write_json.ts";
import { invitationDocument, mailDocument } from "./documents.ts";
import { mailName, titleOf } from "./names.ts";
import { type Sentence, tellHistory } from "./story.ts";
import { asTime } from "./times.ts";
import { type Situation, tellWaiting } from "./waits.ts";

// More than anybody reads. `--room` selects among as many as that.
const MAX_SHOWN = 20;
const MAX_SEARCHED = 10_000;

/** The arguments of `why`. */
export interface WhyArguments {
  readonly user: string;
  /** A room's ID, or a part of its name. */
  readonly room?: string | undefined;
  readonly json: boolean;
}

interface Story {
  readonly invitation: InvitationRecord;
  readonly sentences: readonly Sentence[];
  readonly mails: readonly MailRecord[];
}

/** Prints the story of each invitation, the latest first. Fails when there is none. */
export async function why(context: CommandContext, args: WhyArguments): Promise<ExitCode> {
  const { out, err } = context.streams;
  const user = parseUserId(args.user);
  if (user === undefined) {
    err(`${printable(args.user)} is not a Matrix ID: write one such as @bob:example.org`);
    return ExitCode.usage;
  }
  return await withOutbox(context, async ({ outbox: { records }, settings, now }) => {
    const found = await findInvitations(records, user, args.room);
    const shown = found.slice(0, MAX_SHOWN);
    const stories = await Promise.all(shown.map((one) => readStory(records, one)));
    const situation = { holds: await records.holds(), now };
    const { holds } = situation;
    if (args.json) {
      out(writeJson({ user, invitations: stories.map((story) => documentOf(story, holds)) }));
    } else if (stories.length > 0) {
      out(stories.map((story) => describe(story, situation)).join("\n\n"));
    }
    if (found.length > shown.length) {
      err(`These are the latest ${shown.length}: --room ROOM selects those to one room`);
    }
    if (found.length > 0) return ExitCode.ok;
    err(whyNothing(user, args.room, settings.matrix.domain));
    return ExitCode.failed;
  });
}

async function findInvitations(
  records: Records,
  user: UserId,
  room: string | undefined,
): Promise<readonly InvitationRecord[]> {
  const count = room === undefined ? MAX_SHOWN + 1 : MAX_SEARCHED;
  const all = await records.invitations({ user, count });
  if (room === undefined) return all;
  const part = room.toLowerCase();
  return all.filter(({ roomId, roomName }) =>
    roomId === room || roomName?.toLowerCase().includes(part)
  );
}

async function readStory(records: Records, invitation: InvitationRecord): Promise<Story> {
  const mails = await Promise.all(invitation.mails.map((id) => records.mail(id)));
  return {
    invitation,
    sentences: tellHistory(invitation, await records.timeline(invitation.id)),
    mails: mails.filter((mail) => mail !== undefined),
  };
}

function describe({ invitation, sentences, mails }: Story, situation: Situation): string {
  const lines = sentences.map(({ at, text }) => `${asTime(at)}  ${text}`);
  const now = tellWaiting(invitation, "invitations", situation);
  if (now !== undefined) lines.push(`It ${now}.`);
  for (const mail of mails) {
    const waiting = tellWaiting(mail, "mails", situation);
    const rest = waiting === undefined ? "" : ` and ${waiting}`;
    lines.push(`Email ${mailName(mail.id)} to ${mail.address} is ${mail.state}${rest}.`);
  }
  return [titleOf(invitation), ...lines.map((line) => `  ${line}`)].map(printable).join("\n");
}

function documentOf(
  { invitation, sentences, mails }: Story,
  holds: Holds,
): Record<string, unknown> {
  return {
    ...invitationDocument(invitation, holds),
    history: sentences.map(({ at, step, text }) => ({ at: asTime(at), step, text })),
    mails: mails.map((mail) => mailDocument(mail, holds)),
  };
}

function whyNothing(user: UserId, room: string | undefined, domain: string): string {
  if (!isLocal(user, domain)) {
    return `${user} is not a user of ${domain}: their own server sends their notifications`;
  }
  if (room !== undefined) {
    return `No invitation of ${user} to ${printable(room)} is known: write the room's ID, or a ` +
      "part of its name, or leave --room out";
  }
  return `No invitation of ${user} is known: either nobody has invited them since the service ` +
    "runs, or the homeserver does not send its events here (the service's log says at its start " +
    "whether it does)";
}
