/**
 * Makes due mails of samples, so that they are rendered as every mail is.
 *
 * @module
 */

import type { EmailAddress } from "../domain/email_address.ts";
import type { UserId } from "../domain/user_id.ts";
import type { ClaimedMail, MailInvitation } from "../outbox/port.ts";
import type { InvitationModel } from "../render/port.ts";
import { SAMPLES } from "../render/samples.ts";

/** The recipient of a sample, and its date. */
export interface SampleRecipient {
  /** The address it is sent to. */
  readonly address: EmailAddress;
  /** The homeserver that the sample's local people belong to. */
  readonly domain: string;
  /** The recipient's language, a BCP 47 tag; absent: as configured. */
  readonly language?: string | undefined;
  /** The date, in milliseconds UTC. */
  readonly now: number;
}

// The server that local people belong to in the samples.
const SAMPLE_DOMAIN = "example.org";

/** The names of the samples. */
export const SAMPLE_NAMES: readonly string[] = Object.keys(SAMPLES);

/**
 * The mail about a sample's invitations.
 *
 * @throws {RangeError} When there is no such sample.
 */
export function sampleMail(name: string, to: SampleRecipient): ClaimedMail {
  const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined;
  if (sample === undefined) throw new RangeError(`There is no sample ${name}`);
  const { address, domain, language, now } = to;
  const { recipient, mail, links, invitations } = sample;
  return {
    id: 0,
    fence: 0,
    userId: atHome(recipient.id, domain) as UserId,
    address,
    kind: mail.kind,
    own: true,
    messageId: `<sample-${crypto.randomUUID()}@${domain}>`,
    attempts: 0,
    queuedAt: now,
    recipient: {
      name: recipient.name,
      hasAccount: links.register === "",
      language,
    },
    invitations: invitations.map((one, index) => sampleInvitation(one, index, domain, now)),
  };
}

function sampleInvitation(
  { inviter, room, added, reason }: InvitationModel,
  id: number,
  domain: string,
  now: number,
): MailInvitation {
  const { topic, alias, kind, encrypted } = room;
  const name = room.name || (room.claimedName ?? "");
  return {
    id,
    roomId: atHome(room.id, domain) || `!sample:${domain}`,
    inviter: inviter.local ? atHome(inviter.id, domain) : inviter.id,
    inviterName: inviter.local ? inviter.name : undefined,
    originTs: now,
    receivedAt: now,
    facts: {
      room: { kind, encrypted, ...known({ name, topic, alias: atHome(alias, domain) }) },
      ...known({ reason, inviterName: inviter.name || (inviter.claimedName ?? "") }),
      ...added ? { joinedAt: now } : {},
    },
  };
}

// The same localpart at the given homeserver.
function atHome(id: string, domain: string): string {
  return id.endsWith(`:${SAMPLE_DOMAIN}`) ? id.slice(0, -SAMPLE_DOMAIN.length) + domain : id;
}

// Unknown facts are absent.
function known<Facts extends Record<string, string>>(facts: Facts): Partial<Facts> {
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== ""),
  ) as Partial<Facts>;
}
