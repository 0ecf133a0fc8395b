/**
 * Makes the message of the command `send-test`.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import type { EmailAddress } from "../domain/email_address.ts";
import type { Message } from "../domain/message.ts";
import type { UserId } from "../domain/user_id.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import type { Renderer } from "../render/port.ts";
import { sampleMail } from "./sample_mail.ts";
import { sampleMessage } from "./sample_message.ts";
import { variantFor } from "./sample_variant.ts";

/** What is sent, and to whom. */
export interface TestMail {
  /** The address it is sent to. */
  readonly address: EmailAddress;
  /** One of the samples; absent: a mail that says it is a test. */
  readonly sample?: string | undefined;
  /** The recipient's language, a BCP 47 tag; absent: unknown. */
  readonly language?: string | undefined;
  /** The date, in milliseconds UTC. */
  readonly now: number;
}

/**
 * Renders a mail about an invitation that does not exist, with the settings.
 *
 * @throws {RenderError} When the template is broken.
 * @throws {RangeError} When there is no such sample.
 */
export async function testMessage(
  settings: Settings,
  renderer: Renderer,
  { sample, ...to }: TestMail,
): Promise<Message> {
  const { domain } = settings.matrix;
  const { message } = sample === undefined
    ? await sampleMessage(plainTest(domain, to), settings, renderer)
    : await sampleMessage(
      sampleMail(sample, { ...to, domain }),
      variantFor(sample, settings),
      renderer,
    );
  return message;
}

function plainTest(domain: string, { address, language, now }: TestMail): ClaimedMail {
  return {
    id: 0,
    fence: 0,
    userId: `@test:${domain}` as UserId,
    address,
    kind: "invite",
    own: true,
    messageId: `<test-${crypto.randomUUID()}@${domain}>`,
    attempts: 0,
    queuedAt: now,
    recipient: { name: "", language },
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
