/**
 * The state machine of invitations and mails in memory, to compare an outbox with:
 * one room, no limits, one address a person.
 *
 * @module
 */

import type { InvitationState, MailState } from "../../src/domain/invitation.ts";

interface ModelInvitation {
  readonly id: number;
  state: InvitationState;
  answered: boolean;
  dueAt: number;
  leasedUntil: number | undefined;
  mail: { state: MailState; dueAt: number; leasedUntil: number | undefined } | undefined;
}

/** What a person's invitations should have become. */
export class MachineModel {
  readonly invitations: ModelInvitation[] = [];
  readonly #seen = new Set<string>();

  /** An invite on its own in a body. */
  invite(key: string, reinvite: boolean, dueAt: number): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const pending = this.invitations.find(({ state }) => state === "pending");
    const mailed = this.invitations.some(({ answered, mail }) =>
      !answered && mail && ["queued", "sending", "sent"].includes(mail.state)
    );
    if (!pending && reinvite && mailed) return;
    if (pending) Object.assign(pending, { state: "cancelled", answered: true });
    this.invitations.push({
      id: this.invitations.length + 1,
      state: "pending",
      answered: false,
      dueAt: Math.min(dueAt, pending?.dueAt ?? dueAt),
      leasedUntil: undefined,
      mail: undefined,
    });
  }

  /** An answer on its own in a body. */
  answer(key: string): void {
    const open = this.invitations.filter(({ state, answered }) =>
      !answered && (state === "pending" || state === "resolved")
    );
    if (this.#seen.has(key) || open.length === 0) return;
    this.#seen.add(key);
    for (const invitation of open) {
      invitation.answered = true;
      if (invitation.state === "pending") invitation.state = "cancelled";
      this.#cancel(invitation);
    }
  }

  /** The IDs of the invitations that a claim of all should return. */
  claimInvitations(now: number, leasedUntil: number): number[] {
    const due = this.invitations.filter((invitation) =>
      invitation.state === "pending" &&
      (invitation.leasedUntil === undefined ? invitation.dueAt : invitation.leasedUntil) <= now
    );
    // What was leased may be claimed only when it is due, which it was.
    for (const invitation of due) invitation.leasedUntil = leasedUntil;
    return due.map(({ id }) => id);
  }

  /** Settles what is claimed. */
  settleInvitation(id: number, kind: "resolved" | "skipped" | "deferred", at: number): void {
    const invitation = this.#invitation(id);
    invitation.leasedUntil = undefined;
    if (kind === "deferred") invitation.dueAt = at;
    else invitation.state = kind;
    if (kind === "resolved") {
      invitation.mail = { state: "queued", dueAt: at, leasedUntil: undefined };
    }
  }

  /** The IDs of the invitations of the mails that a claim of all should return. */
  claimMails(now: number, leasedUntil: number): number[] {
    for (const invitation of this.invitations) {
      const { mail } = invitation;
      if (mail?.state === "sending" && (mail.leasedUntil ?? now) <= now) mail.state = "queued";
      this.#cancel(invitation);
    }
    const due = this.invitations.filter(({ mail }) =>
      mail?.state === "queued" && mail.dueAt <= now
    );
    for (const { mail } of due) Object.assign(mail ?? {}, { state: "sending", leasedUntil });
    return due.map(({ id }) => id);
  }

  /** Settles the mail of what is claimed. */
  settleMail(id: number, kind: "sent" | "rejected" | "deferred", at: number): void {
    const invitation = this.#invitation(id);
    const { mail } = invitation;
    if (!mail) throw new Error("there is no mail");
    if (kind === "deferred") mail.dueAt = at;
    mail.state = kind === "deferred" ? "queued" : kind;
    this.#cancel(invitation);
  }

  #invitation(id: number): ModelInvitation {
    const invitation = this.invitations[id - 1];
    if (!invitation) throw new Error(`there is no invitation ${id}`);
    return invitation;
  }

  #cancel(invitation: ModelInvitation): void {
    if (!invitation.answered || invitation.mail?.state !== "queued") return;
    invitation.mail.state = "cancelled";
    invitation.state = "cancelled";
  }
}
