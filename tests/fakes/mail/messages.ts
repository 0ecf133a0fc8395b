/**
 * Messages for tests of transports.
 *
 * @module
 */

import type { EmailAddress } from "../../../src/domain/email_address.ts";
import type { Message } from "../../../src/domain/message.ts";

/** A message that any transport accepts, but for the changes. */
export function message(changes: Partial<Message> = {}): Message {
  return {
    from: { name: "Chat of Example", address: address("matrix@example.org") },
    to: { name: "Bob", address: address("bob@example.org") },
    messageId: "<3f2a9c@example.org>",
    date: Date.UTC(2026, 6, 1, 8, 30, 5),
    headers: {},
    content: {
      kind: "parts",
      subject: "Alice invites you",
      text: "Alice invites you to Plans.\n",
      html: "<p>Alice invites you to Plans.</p>\n",
      inline: [],
    },
    ...changes,
  };
}

/** The text as an address, even if it is not one. */
export function address(text: string): EmailAddress {
  return text as EmailAddress;
}
