/**
 * The mail of the command `send-test`.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import type { EmailAddress } from "../domain/email_address.ts";
import type { Message } from "../domain/message.ts";
import type { UserId } from "../domain/user_id.ts";
import type { ClaimedMail } from "../outbox/port.ts";
import { openRenderer } from "../parts/renderer.ts";
import { sampleMail } from "./sample_mail.ts";
import { sampleMessage } from "./sample_message.ts";
import { variantFor } from "./sample_variant.ts";
import { SAMPLES } from "../render/samples.ts";

/** What is sent, and to whom. */
export interface TestMail {
  /** Where it goes. */
  readonly address: EmailAddress;
  /** One of the samples; absent: a mail that says it is a test. */
  readonly sample?: string;
  /** The recipient's language, a tag of BCP 47; absent: unknown. */
  readonly language?: string;
  /** The time, in milliseconds UTC. */
  readonly now: number;
}

/**
 * The languages that it can be in.
 *
 * @throws {RenderError} When the template is broken.
 */
export function testLanguages(settings: Settings): readonly string[] {
  return openRenderer(settings).languages;
}

/** What can be sent. */
export const TEST_SAMPLES: readonly string[] = Object.keys(SAMPLES);

/**
 * A mail about an invitation that nobody made, as the settings have mails look.
 *
 * @throws {RenderError} When the template is broken.
 * @throws {RangeError} When there is no such sample.
 */
export async function testMessage(
  settings: Settings,
  { sample, ...to }: TestMail,
): Promise<Message> {
  const mail = sample === undefined ? plainTest(settings, to) : sampleTest(sample, settings, to);
  const shown = sample === undefined ? settings : variantFor(sample, settings);
  return (await sampleMessage(mail, shown, openRenderer(settings))).message;
}

function sampleTest(name: string, { matrix }: Settings, to: TestMail): ClaimedMail {
  const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined;
  if (sample === undefined) throw new RangeError(`There is no sample ${name}`);
  return sampleMail(sample, { ...to, domain: matrix.domain });
}

function plainTest({ matrix: { domain } }: Settings, to: TestMail): ClaimedMail {
  const { address, language, now } = to;
  return {
    id: 0,
    fence: 0,
    userId: `@test:${domain}` as UserId,
    address,
    kind: "invite",
    messageId: `<test-${crypto.randomUUID()}@${domain}>`,
    attempts: 0,
    queuedAt: now,
    recipient: { name: "", ...(language === undefined ? {} : { language }) },
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
