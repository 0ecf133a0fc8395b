/**
 * Takes what reports that emails came back. Anybody can send that: nothing counts that does not have the
 * token of an email, which only its recipient and the mail servers on its way have seen.
 *
 * @module
 */

import type { BounceReport } from "../../domain/bounce_report.ts";
import { addressKey, parseEmailAddress } from "../../domain/email_address.ts";
import type { Bounce } from "../../outbox/bounces.ts";
import type { Outbox } from "../../outbox/port.ts";
import { openLog } from "../../system/log_events.ts";
import { bounceTokenIn, type BounceTokens } from "./bounce_token.ts";
import { worstBounce } from "./bounce_severity.ts";

const log = openLog("bounces");

/** What taking a bounce needs. */
export interface BounceOptions {
  readonly outbox: {
    readonly records: Pick<Outbox["records"], "mail">;
    readonly bounces: Outbox["bounces"];
    readonly suppressions: Pick<Outbox["suppressions"], "hash" | "suppress">;
  };
  /** Verifies tokens. */
  readonly tokens: Pick<BounceTokens, "read">;
}

/** The result of taking a bounce. */
export type BounceTaken =
  /** It is stored. */
  | {
    readonly kind: "taken";
    readonly mail: number;
    readonly severity: Bounce["severity"];
    /** The score of its address. */
    readonly score: number;
  }
  /** It changed nothing. */
  | { readonly kind: "ignored"; readonly why: string };

/**
 * Takes a message that was sent to these addresses.
 *
 * @param recipients The most reliable first.
 * @param domain The domain of the addresses for bounces.
 * @throws {OutboxError} When it cannot be stored.
 */
export async function takeMessage(
  { recipients, report }: {
    readonly recipients: readonly string[];
    readonly report: BounceReport;
  },
  domain: string,
  options: BounceOptions,
): Promise<BounceTaken> {
  const tokens = recipients.map((address) => bounceTokenIn(address, domain));
  const token = tokens.find((found) => found !== undefined);
  if (token === undefined) return unproven("it was not sent to the sender of an email");
  if (report.kind === "other") return ignored(`it is ${report.what}`);
  const bounce = worstBounce(report.recipients);
  if (bounce === undefined) return ignored("it reports no failure that is final");
  return await takeBounce(token, bounce, options);
}

/**
 * Takes the bounce of the mail that a token identifies.
 *
 * @throws {OutboxError} When it cannot be stored.
 */
export async function takeBounce(
  token: string,
  reported: Bounce,
  { outbox, tokens }: BounceOptions,
): Promise<BounceTaken> {
  const read = tokens.read(token);
  const mail = read && await outbox.records.mail(read.mail);
  if (read === undefined || mail === undefined || !read.isOf(mail.messageId)) {
    return unproven("it belongs to no email that is known");
  }
  const bounce: Bounce = read.trial ? { ...reported, severity: "none" } : reported;
  const { severity, status, text } = bounce;
  const address = parseEmailAddress(mail.address);
  if (severity === "complaint" && address !== undefined) {
    const hash = outbox.suppressions.hash("address", addressKey(address));
    await outbox.suppressions.suppress({ mail: mail.id, address: hash }, "all", "spam report");
  }
  const recorded = await outbox.bounces.record(mail.id, bounce);
  if (recorded.kind !== "recorded") return ignored("this email is known to have come back");
  const { score, until, next } = recorded;
  log.warn("mail came back", {
    ...{ mail: mail.id, severity, status, reason: text, score, next },
    until: until === undefined ? undefined : new Date(until).toISOString(),
  });
  return { kind: "taken", mail: mail.id, severity, score };
}

// Anybody can send such a message, and must not fill the log.
function unproven(why: string): BounceTaken {
  log.debug("bounce ignored", { reason: why });
  return { kind: "ignored", why };
}

function ignored(why: string): BounceTaken {
  log.info("bounce ignored", { reason: why });
  return { kind: "ignored", why };
}
