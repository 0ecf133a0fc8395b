/**
 * Outboxes with rows in each state, for the commands that show and change them.
 *
 * @module
 */

import type { Change } from "../../../src/domain/invitation.ts";
import type { UserId } from "../../../src/domain/user_id.ts";
import { HOMESERVER_SILENT } from "../../../src/notify/policy.ts";
import type { Gathering } from "../../../src/outbox/gather.ts";
import type { MailOutcome, Outbox } from "../../../src/outbox/port.ts";
import { HOUR, MINUTE } from "../../../src/settings/duration.ts";
import {
  answer,
  BOB,
  claimInvitation,
  claimMail,
  DELAY,
  invite,
  mailTo,
  mailWithFailover,
  queueMails,
  record,
  recordInvite,
  recordWithAdded,
  SENT,
  type Subject,
} from "../../contracts/outbox_samples.ts";
import { HARD, sendMail, SOFT } from "../../contracts/outbox_bounces.ts";
import { referenceTo, settle } from "../../contracts/outbox_suppressions.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";
import { openFile } from "../../outbox/sqlite/subject.ts";
import { type ProgramResult, run } from "../command_line.ts";
import { makePreparedWorkspace, type Workspace } from "../workspace.ts";

/** A workspace whose outbox a service has open. */
export interface Served extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly outbox: Outbox;
  /** Runs a command beside the service, at its time. */
  run(args: readonly string[]): Promise<ProgramResult>;
}

/** Makes a workspace, and fills its outbox; mails gather in it where that is given. */
export async function served(
  fill?: (subject: Subject) => Promise<unknown>,
  gathering?: Gathering,
): Promise<Served> {
  const workspace = await makePreparedWorkspace();
  const clock = new ManualClock();
  const file = workspace.path("outbox.db");
  const outbox = openFile(
    file,
    clock,
    undefined,
    undefined,
    gathering,
  );
  await fill?.({ outbox, clock, [Symbol.asyncDispose]: () => Promise.resolve() });
  return {
    workspace,
    outbox,
    run: (args) => run([...args, "-c", workspace.path("mxisd.yaml")], { now: clock.now() }),
    async [Symbol.asyncDispose]() {
      await outbox[Symbol.asyncDispose]();
      await workspace[Symbol.asyncDispose]();
    },
  };
}

async function deliver({ outbox }: Subject): Promise<void> {
  for (const claim of await outbox.claimInvitations(10)) {
    const mails = [mailTo("bob@example.org")];
    await outbox.settleInvitation(claim, { kind: "resolved", mails });
  }
  for (const mail of await outbox.claimMails({ count: 10, perAddress: null })) {
    await outbox.settleMail(mail, SENT);
  }
}

const REFUSED = { kind: "rejected", reason: "550 5.1.1 User unknown", replyCode: 550 } as const;

async function queueWithFailover(
  subject: Subject,
  addresses: readonly string[],
  number = 1,
): Promise<void> {
  await recordInvite(subject, invite(number));
  subject.clock.advance(DELAY);
  const mails = [mailWithFailover(addresses)];
  const outcome = { kind: "resolved", mails } as const;
  await subject.outbox.settleInvitation(await claimInvitation(subject), outcome);
}

async function skip(
  subject: Subject,
  kind: "skipped" | "failed",
  reason: string,
  stores?: readonly string[],
): Promise<void> {
  await recordInvite(subject, invite(1));
  subject.clock.advance(DELAY);
  await subject.outbox.settleInvitation(await claimInvitation(subject), { kind, reason, stores });
}

async function spare(subject: Subject, reason: string): Promise<void> {
  const mail = await claimMail(subject);
  const invitations = mail.invitations.map(({ id }) => ({ id, reason }));
  await subject.outbox.settleMail(mail, { kind: "spared", invitations });
}

/** Brings somebody who was added to a mail, and settles that. */
async function tell(subject: Subject, outcome: MailOutcome): Promise<void> {
  await recordWithAdded(subject, invite(1), answer(2));
  subject.clock.advance(DELAY);
  const mails = [mailTo("bob@example.org")];
  const claim = await claimInvitation(subject);
  await subject.outbox.settleInvitation(claim, { kind: "resolved", mails });
  await subject.outbox.settleMail(await claimMail(subject), outcome);
}

async function stop(subject: Subject, mail: number): Promise<void> {
  const own = referenceTo(subject, mail, { address: "bob@example.org" });
  await subject.outbox.suppressions.suppress(own, "room", "page");
}

/** Each outcome of bob's invitations, by its name. */
export const OUTCOMES: Readonly<Record<string, (subject: Subject) => Promise<unknown>>> = {
  "sent": async (subject) => {
    await queueMails(subject, invite(1));
    const response = "250 2.0.0 Ok: queued as 4bXq1\x1b[2J";
    await subject.outbox.settleMail(await claimMail(subject), { kind: "sent", response });
  },
  "reminded": async (subject) => {
    await queueMails(subject, invite(1));
    const dueAt = subject.clock.now() + 72 * HOUR;
    const reminder = { messageId: "<reminder@example.org>", dueAt };
    await subject.outbox.settleMail(await claimMail(subject), { ...SENT, reminder });
  },
  "late": async (subject) => {
    await subject.outbox.setCatchingUp(subject.clock.now());
    await recordInvite(subject, invite(1), { catchingUp: true });
    subject.clock.advance(3 * MINUTE);
  },
  "too-old-to-share-a-mail": async (subject) => {
    const { invitation } = invite(1);
    const late: Change = { kind: "invite", invitation: { ...invitation, late: true } };
    await recordInvite(subject, late, { catchingUp: true });
    subject.clock.advance(3 * MINUTE);
    const skipped = { kind: "skipped", reason: "too old" } as const;
    await subject.outbox.settleInvitation(await claimInvitation(subject), skipped);
  },
  "too-old": async (subject) => {
    const { invitation } = invite(1);
    const options = { receivedAt: subject.clock.now(), dueAt: subject.clock.now() };
    const change: Change = { kind: "too old", invitation };
    await subject.outbox.record([change], { ...options, catchingUp: true });
  },
  "mailed-before": async (subject) => {
    await queueMails(subject, invite(1));
    await subject.outbox.settleMail(await claimMail(subject), SENT);
    await record(subject, answer(1, { how: "declined" }));
    await recordInvite(subject, invite(2));
    subject.clock.advance(DELAY);
    const claim = await claimInvitation(subject);
    const { mailedBefore } = claim;
    const outcome = { kind: "skipped", reason: "mailed before", mailedBefore } as const;
    await subject.outbox.settleInvitation(claim, outcome);
  },
  "joined-in-between": async (subject) => {
    await queueMails(subject, invite(1));
    await subject.outbox.settleMail(await claimMail(subject), SENT);
    await record(subject, answer(1, { how: "declined" }), answer(2));
    await queueMails(subject, invite(3));
  },
  "sent-later": async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const until = clock.now() + MINUTE;
    const reason = "ldap: ldap.example.org:636: connection refused";
    const deferred = { kind: "deferred", reason, until } as const;
    await outbox.settleInvitation(await claimInvitation(subject), deferred);
    clock.set(until);
    const mails = ["bob@example.org", "bob@corp.example"].map(mailTo);
    const settled = { kind: "resolved", mails } as const;
    await outbox.settleInvitation(await claimInvitation(subject), settled);
    const [first, second] = await outbox.claimMails({ count: 2, perAddress: null });
    if (!first || !second) throw new Error("two mails should be due");
    await outbox.settleMail(first, {
      ...{ kind: "deferred", reason: "451 4.7.1 Greylisted", replyCode: 451 },
      until: clock.now() + HOUR,
    });
    await outbox.settleMail(second, SENT);
  },
  "directory-down": async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1));
    clock.advance(DELAY);
    const until = clock.now() + MINUTE;
    const reason = "ldap: ldap.example.org:636: connection refused";
    const deferred = { kind: "deferred", reason, until, outage: true } as const;
    await outbox.settleInvitation(await claimInvitation(subject), deferred);
    const probeAt = clock.now() + 10_000;
    await outbox.setOutage("invitations", { since: clock.now(), probeAt, reason });
    await recordInvite(subject, invite(2, { room: "!lunch:example.org" }));
  },
  "mail-server-down": async (subject) => {
    const { outbox, clock } = subject;
    await queueMails(subject, invite(1));
    const reason = "smtp.example.org:587: connection refused\x1b[2J";
    const deferred = {
      kind: "deferred",
      reason,
      until: clock.now() + MINUTE,
      outage: true,
    } as const;
    await outbox.settleMail(await claimMail(subject), deferred);
    const since = clock.now();
    await queueMails(subject, invite(2, { room: "!lunch:example.org" }));
    await outbox.setOutage("mails", { since, probeAt: since + 70_000, reason });
    clock.advance(2 * MINUTE);
  },
  "service-down": async (subject) => {
    await recordInvite(subject, invite(1));
    subject.clock.advance(3 * HOUR);
  },
  "waiting": (subject) => recordInvite(subject, invite(1)),
  "limited": async (subject) => {
    const { outbox, clock } = subject;
    const other = "@erin:example.org" as UserId;
    await recordInvite(subject, invite(1, { invitee: other }));
    await recordInvite(subject, invite(2));
    clock.advance(DELAY);
    await outbox.claimInvitations(10, { perInviter: { count: 1, per: HOUR } });
  },
  "limited-room": async (subject) => {
    const { outbox, clock } = subject;
    await recordInvite(subject, invite(1, { invitee: "@erin:example.org" as UserId }));
    await recordInvite(subject, invite(2));
    clock.advance(DELAY);
    await outbox.claimInvitations(10, { perRoom: { count: 1, per: HOUR } });
  },
  "limited-overall": async (subject) => {
    await queueMails(subject, invite(1), ["bob@example.org", "bob@work.example"]);
    const overall = { count: 1, per: HOUR };
    await subject.outbox.claimMails({ count: 10, perAddress: null, overall });
  },
  "limited-address": async (subject) => {
    await queueMails(subject, invite(1), ["bob@example.org", "bob+work@example.org"]);
    await subject.outbox.claimMails({ count: 10, perAddress: { count: 1, per: HOUR } });
  },
  "limited-server": async (subject) => {
    const { outbox, clock } = subject;
    const [erin, ivy] = ["@erin:example.org" as UserId, "@ivy:remote.example"];
    await recordInvite(subject, invite(1, { invitee: erin, inviter: ivy }));
    await recordInvite(subject, invite(2, { inviter: ivy }));
    clock.advance(DELAY);
    await outbox.claimInvitations(10, { perServer: { count: 1, per: HOUR } });
  },
  "gathered": async (subject) => {
    for (const numbers of [[1, 2, 3], [4], [5]]) {
      await record(
        subject,
        ...numbers.map((number) => invite(number, { room: `!${number}:example.org` })),
      );
      subject.clock.advance(DELAY / 2);
      if (numbers.includes(4)) continue;
      subject.clock.advance(DELAY / 2);
      await deliver(subject);
    }
  },
  "quiet-hours": async (subject) => {
    await queueMails(subject, invite(1));
    const until = subject.clock.now() + 7 * HOUR;
    const outcome = { kind: "postponed", reason: "quiet hours", until, decided: true } as const;
    await subject.outbox.settleMail(await claimMail(subject), outcome);
  },
  "recipient-active": async (subject) => {
    await queueMails(subject, invite(1));
    const until = subject.clock.now() + 4 * MINUTE;
    const reason = "the recipient uses a client";
    const outcome = { kind: "postponed", reason, until, decided: true } as const;
    await subject.outbox.settleMail(await claimMail(subject), outcome);
    subject.clock.set(until);
    await spare(subject, "the invitee used a client meanwhile");
  },
  "added": (subject) => tell(subject, SENT),
  "added-meanwhile-active": async (subject) => {
    const reason = "the invitee used a client when they joined the room, or since";
    const invitations = [{ id: 1, reason }];
    await tell(subject, { kind: "spared", invitations });
  },
  "joined-by-a-client": async (subject) => {
    await recordWithAdded(subject, invite(1), answer(2));
    subject.clock.advance(DELAY);
    const reason = "the invitee used a client when they joined the room, or since";
    const claim = await claimInvitation(subject);
    await subject.outbox.settleInvitation(claim, { kind: "skipped", reason });
  },
  "joined-unknown-how": async (subject) => {
    const { outbox, clock } = subject;
    await recordWithAdded(subject, invite(1), answer(2));
    clock.advance(DELAY);
    const until = clock.now() + MINUTE;
    const deferred = { kind: "deferred", reason: HOMESERVER_SILENT, until } as const;
    await outbox.settleInvitation(await claimInvitation(subject), deferred);
    clock.set(until);
    const failed = { kind: "failed", reason: HOMESERVER_SILENT } as const;
    await outbox.settleInvitation(await claimInvitation(subject), failed);
  },
  "added-and-removed": async (subject) => {
    await recordWithAdded(subject, invite(1), answer(2));
    await record(subject, answer(3, { how: "withdrawn" }));
  },
  "added-and-left": async (subject) => {
    await tell(subject, SENT);
    await record(subject, answer(3, { how: "declined" }));
  },
  "added-no-longer-told": async (subject) => {
    await recordWithAdded(subject, invite(1), answer(2));
    subject.clock.advance(DELAY);
    const skipped = { kind: "skipped", reason: "joined" } as const;
    await subject.outbox.settleInvitation(await claimInvitation(subject), skipped);
  },
  "inviter-ignored": (subject) => skip(subject, "skipped", "the invitee ignores the inviter"),
  "inviter-ignored-meanwhile": async (subject) => {
    await queueMails(subject, invite(1));
    await spare(subject, "the invitee ignores the inviter");
  },
  "invites-blocked": (subject) => skip(subject, "skipped", "the invitee blocks such invites"),
  "suspended": (subject) => skip(subject, "skipped", "the account is suspended on the homeserver"),
  "no-profile": (subject) =>
    skip(subject, "skipped", "no profile", [
      "ldap: nobody (uid=bob below ou=people,dc=example,dc=org)",
      "rest: no such user",
    ]),
  "no-address": (subject) => skip(subject, "skipped", "no address"),
  "other-case": (subject) => skip(subject, "skipped", "no user of exactly this ID"),
  "not-in-only": (subject) => skip(subject, "skipped", "not in notify.only"),
  "in-except": (subject) => skip(subject, "skipped", "in notify.except"),
  "inviter-in-except": (subject) => skip(subject, "skipped", "in notify.inviters.except"),
  "server-not-in-only": (subject) => skip(subject, "skipped", "not in notify.servers.only"),
  "room-in-except": (subject) => skip(subject, "skipped", "in notify.rooms.except"),
  "bridged": (subject) => skip(subject, "skipped", "notify.kinds.bridged is false"),
  "locked": (subject) => skip(subject, "skipped", "locked"),
  "failed": (subject) => skip(subject, "failed", "rest: https://id.example.org: no answer in 10 s"),
  "answered-at-once": async (subject) => {
    await recordInvite(subject, invite(1));
    await record(subject, answer(2));
  },
  "declined-before-sending": async (subject) => {
    await queueMails(subject, invite(1));
    await record(subject, answer(2, { how: "declined" }));
  },
  "withdrawn-and-invited-again": async (subject) => {
    await recordInvite(subject, invite(1));
    await record(subject, answer(2, { how: "withdrawn" }));
    await recordInvite(subject, invite(3, { inviter: "@carol:example.org" }));
  },
  "superseded": async (subject) => {
    await recordInvite(subject, invite(1));
    await recordInvite(subject, invite(2, { inviter: "@carol:example.org" }));
  },
  "found-in-database": async (subject) => {
    const { outbox, clock } = subject;
    const found = {
      receivedAt: clock.now(),
      dueAt: clock.now() + DELAY,
      source: "database",
    } as const;
    await outbox.record([invite(1)], found);
    await outbox.record([answer(2, { how: "declined" })], found);
  },
  "merged": async (subject) => {
    await queueMails(subject, invite(1));
    await record(subject, invite(2, { inviter: "@carol:example.org", reinvite: true }));
  },
  "rejected": async (subject) => {
    await queueMails(subject, invite(1));
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
  },
  "failover": async (subject) => {
    await queueWithFailover(subject, ["bob@example.org", "bob@old.example", "bob@home.example"]);
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
    await subject.outbox.settleMail(await claimMail(subject), SENT);
  },
  "failover-all-refused": async (subject) => {
    await queueWithFailover(subject, ["bob@old.example", "bob@home.example"]);
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
  },
  "failover-stopped": async (subject) => {
    await queueMails(subject, invite(1, { room: "!lunch:example.org" }));
    await subject.outbox.settleMail(await claimMail(subject), SENT);
    const reference = referenceTo(subject, 1, { address: "bob@example.org" });
    await subject.outbox.suppressions.suppress(reference, "inviter", "page");
    await queueWithFailover(subject, ["bob@old.example", "bob@example.org", "bob@home.example"], 2);
    await subject.outbox.settleMail(await claimMail(subject), REFUSED);
    await subject.outbox.claimMails({ count: 1, perAddress: null });
  },
  "expired": async (subject) => {
    await queueMails(subject, invite(1));
    const expired = { kind: "expired", reason: "connection refused" } as const;
    await subject.outbox.settleMail(await claimMail(subject), expired);
  },
  "stopped-before": async (subject) => {
    await queueMails(subject, invite(1));
    await subject.outbox.settleMail(await claimMail(subject), SENT);
    await stop(subject, 1);
    await record(subject, answer(2));
    await recordInvite(subject, invite(3));
    subject.clock.advance(DELAY);
    const mails = [mailTo("bob@example.org")];
    await subject.outbox.settleInvitation(await claimInvitation(subject), {
      kind: "resolved",
      mails,
    });
  },
  "stopped-meanwhile": async (subject) => {
    await queueMails(subject, invite(1));
    await stop(subject, 1);
  },
  "bounced": async (subject) => {
    const { outbox } = subject;
    await outbox.bounces.record(await sendMail(subject, 1), SOFT);
    await outbox.bounces.record(await sendMail(subject, 2), {
      ...{ severity: "none", status: "5.7.1", text: "550 5.7.1 Spam\x1b[2J" },
    });
    for (const number of [3, 4]) {
      await outbox.bounces.record(await sendMail(subject, number), HARD);
    }
    await settle(subject, invite(5, { room: "!5:example.org" }));
    const both = ["bob@example.org", "bob@corp.example"];
    await settle(subject, invite(6, { room: "!6:example.org" }), both);
  },
  "bounced-meanwhile": async (subject) => {
    const { outbox } = subject;
    const mails = [await sendMail(subject, 1), await sendMail(subject, 2)];
    await queueMails(subject, invite(3));
    for (const mail of mails) await outbox.bounces.record(mail, HARD);
    await outbox.claimMails({ count: 10, perAddress: null });
  },
  "bounced-failover": async (subject) => {
    const { outbox } = subject;
    const addresses = ["bob@example.org", "bob@home.example"];
    await queueWithFailover(subject, addresses);
    await outbox.settleMail(await claimMail(subject), SENT);
    await outbox.bounces.record(1, HARD);
    await outbox.settleMail(await claimMail(subject), SENT);
    await outbox.bounces.record(await sendMail(subject, 2), HARD);
    await record(subject, answer(3));
    await queueWithFailover(subject, addresses, 4);
    await outbox.settleMail(await claimMail(subject), SENT);
  },
  "reported-as-spam": async (subject) => {
    const { outbox } = subject;
    const mail = await sendMail(subject, 1);
    await outbox.bounces.record(mail, { severity: "complaint", text: "" });
  },
  "retried": async (subject) => {
    await skip(subject, "skipped", "no address");
    await subject.outbox.records.retry({ work: "invitations", id: 1 });
  },
  "cancelled": async (subject) => {
    await queueMails(subject, invite(1));
    await subject.outbox.records.cancel({ work: "mails", id: 1 });
  },
  "hostile": async (subject) => {
    const inviter = "@mal\u202elory:evil.example\x1b[31m";
    await recordInvite(subject, invite(1, { inviter, room: "!x\x07:evil.example" }));
  },
};

/** The person whose invitations they are. */
export const PERSON: string = BOB;
