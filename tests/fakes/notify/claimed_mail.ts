import type { ClaimedMail, MailInvitation } from "../../../src/outbox/port.ts";
import { address, userId } from "./service.ts";

/** An invitation of which nothing is known but who sent it, to which room. */
export function mailInvitation(changes: Partial<MailInvitation> = {}): MailInvitation {
  return {
    id: 1,
    roomId: "!plans:example.org",
    inviter: "@alice:example.org",
    originTs: 0,
    receivedAt: 0,
    facts: { room: { kind: "room", encrypted: false } },
    ...changes,
  };
}

/** A mail to Bob about one such invitation, at its first attempt. */
export function claimedMail(changes: Partial<ClaimedMail> = {}): ClaimedMail {
  return {
    id: 1,
    fence: 1,
    userId: userId("@bob:example.org"),
    address: address("bob@mail.example"),
    kind: "invite",
    messageId: "<1@example.org>",
    own: true,
    attempts: 0,
    queuedAt: 0,
    recipient: { name: "" },
    invitations: [mailInvitation()],
    ...changes,
  };
}
