/**
 * Verifies and reads the requests of SendGrid's signed event webhook
 * (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features).
 *
 * @module
 */

import { createPublicKey, createVerify } from "node:crypto";
import { z } from "zod";
import type { BounceEvent } from "../../domain/bounce_report.ts";
import { jsonOf } from "../../net/http.ts";
import { MINUTE, SECOND } from "../../settings/duration.ts";
import { plainReason } from "../reply.ts";
import { TOKEN_ARGUMENT } from "./request.ts";

/** A request as it was received. */
export interface SignedRequest {
  /** The header field `X-Twilio-Email-Event-Webhook-Signature`: base64. */
  readonly signature: string;
  /** The header field `X-Twilio-Email-Event-Webhook-Timestamp`: seconds UTC. */
  readonly timestamp: string;
  readonly body: Uint8Array;
  /** When it was received, in milliseconds UTC. */
  readonly now: number;
}

/** The events of a request, or why there are none. */
export type OpenedRequest = readonly BounceEvent[] | "forged" | "malformed";

/** Verifies a request, and reads those of its events that say that a mail came back. */
export type OpenEventWebhook = (request: SignedRequest) => OpenedRequest;

/** How old or how far ahead a request may be: whoever has an older one could send it again. */
export const MAX_AGE_MS: number = 10 * MINUTE;

const events = z.array(z.looseObject({
  event: z.string(),
  type: z.string().optional(),
  status: z.string().optional(),
  reason: z.string().optional(),
  response: z.string().optional(),
  [TOKEN_ARGUMENT]: z.string().optional(),
}));

/** Opens requests that were signed with the key of that public key in PEM. */
export function openEventWebhook(publicKey: string): OpenEventWebhook {
  const key = createPublicKey(publicKey);
  return ({ signature, timestamp, body, now }) => {
    const signed = createVerify("sha256").update(timestamp).update(body);
    const isSigned = verifies(() => signed.verify(key, signature, "base64"));
    const age = /^[0-9]{1,12}$/.test(timestamp) ? now - Number(timestamp) * SECOND : Infinity;
    if (!isSigned || Math.abs(age) > MAX_AGE_MS) return "forged";
    const parsed = events.safeParse(jsonOf(new TextDecoder().decode(body)));
    return parsed.success ? parsed.data.flatMap(bounceIn) : "malformed";
  };
}

function verifies(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    // The signature is not in DER.
    return false;
  }
}

// A deferred mail is tried again, and the others tell of success.
const KINDS: Readonly<Record<string, BounceEvent["kind"]>> = {
  bounce: "failed",
  blocked: "blocked",
  // SendGrid did not try, as the address is on a list of its own.
  dropped: "blocked",
  spamreport: "complaint",
};

function bounceIn(event: z.output<typeof events>[number]): readonly BounceEvent[] {
  const kind = Object.hasOwn(KINDS, event.event) ? KINDS[event.event] : undefined;
  const token = event[TOKEN_ARGUMENT];
  if (kind === undefined || typeof token !== "string") return [];
  const status = /^[245]\.[0-9]{1,3}\.[0-9]{1,3}$/.exec(event.status ?? "")?.[0];
  return [{
    token,
    kind: event.event === "bounce" && event.type === "blocked" ? "blocked" : kind,
    status,
    text: plainReason(event.reason ?? event.response ?? ""),
  }];
}
