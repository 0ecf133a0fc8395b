/**
 * The mail that `send-test` sends.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { UserId } from "../domain/user_id.ts";
import type { ClaimedMail } from "../outbox/port.ts";

/** A mail about an invitation that nobody made. */
export function sampleMail(address: EmailAddress, domain: string, now: number): ClaimedMail {
  return {
    id: 0,
    fence: 0,
    userId: `@test:${domain}` as UserId,
    address,
    kind: "invite",
    messageId: `<test-${crypto.randomUUID()}@${address.slice(address.lastIndexOf("@") + 1)}>`,
    attempts: 0,
    queuedAt: now,
    recipient: { name: "" },
    invitations: [{
      id: 0,
      roomId: `!test:${domain}`,
      inviter: `@appservice-mxisd:${domain}`,
      inviterName: "appservice-mxisd",
      originTs: now,
      receivedAt: now,
      facts: {
        room: { kind: "room", name: "A test, which leads nowhere", encrypted: true },
        reason: "This mail was sent by the command send-test.",
      },
    }],
  };
}
