/**
 * A fake of SendGrid's Web API, version 3, which checks every request strictly against its
 * documentation.
 *
 * @module
 */

import assert from "node:assert/strict";
import { z } from "zod";
import { type WebRequest, WebService } from "../net/web_service.ts";

/** The valid API key. */
export const API_KEY = "SG.0123456789abcdefABCDEF.s3cret-key_0123456789";

// "Header can not be one of the reserved keys."
const RESERVED =
  /^(?:x-sg-id|x-sg-eid|received|dkim-signature|content-type|content-transfer-encoding|to|from|subject|reply-to|cc|bcc)$/i;

const address = z.string().regex(/^[^\s@<>,;]+@[\x21-\x7E]+$/, "Does not contain a valid address.");
const recipient = z.strictObject({
  email: address,
  // SendGrid once parsed these characters as a list of addresses.
  name: z.string().regex(/^[^,;<>"@:]+$/).optional(),
});
const sender = z.strictObject({ email: address, name: z.string().min(1).optional() });
const off = z.strictObject({ enable: z.literal(false) });

const mail = z.strictObject({
  personalizations: z.tuple([
    z.strictObject({
      to: z.tuple([recipient]),
      custom_args: z.record(z.string(), z.string()).optional(),
    }),
  ]),
  from: sender,
  reply_to: sender.optional(),
  subject: z.string().min(1),
  content: z.array(z.strictObject({
    type: z.enum(["text/plain", "text/html"]),
    value: z.string().min(1),
  })).min(1).refine(
    // "If present, text/plain and text/html must be the first two indices of the array in this
    // order."
    (parts) =>
      new Set(parts.map(({ type }) => type)).size === parts.length &&
      (parts.length < 2 || parts[0]?.type === "text/plain"),
  ),
  attachments: z.array(z.strictObject({
    content: z.base64().min(1),
    type: z.string().regex(/^[^;,\r\n]+$/),
    filename: z.string().min(1),
    disposition: z.enum(["inline", "attachment"]),
    content_id: z.string().min(1).regex(/^[^\r\n]+$/),
  })).optional(),
  headers: z.record(
    z.string().refine((name) => !RESERVED.test(name)),
    // "You must ensure these are properly encoded if they contain unicode characters."
    z.string().regex(/^[\t\x20-\x7E]+$/),
  ),
  tracking_settings: z.strictObject({
    click_tracking: z.strictObject({ enable: z.literal(false), enable_text: z.literal(false) }),
    open_tracking: off,
    subscription_tracking: off,
    ganalytics: off,
  }),
});

/** An accepted mail. */
export type SendgridMail = z.output<typeof mail>;

/** The service. */
export class SendgridService extends WebService {
  /** The accepted mails, in their order. */
  readonly mails: SendgridMail[] = [];
  /** The scopes of the key. */
  scopes: readonly string[] = ["mail.send", "sender_verification_eligible"];

  /** Listens on a port of its own. */
  constructor() {
    super((request) => this.#respond(request));
  }

  #respond(request: WebRequest): Response {
    assert.deepEqual(request.query, {});
    if (request.headers.get("authorization") !== `Bearer ${API_KEY}`) {
      return refusal(401, "The provided authorization grant is invalid, expired, or revoked", null);
    }
    if (request.line === "GET /v3/scopes") {
      assert.equal(request.body, "");
      return Response.json({ scopes: this.scopes });
    }
    assert.equal(request.line, "POST /v3/mail/send");
    assert.equal(request.headers.get("content-type"), "application/json");
    this.mails.push(mail.parse(JSON.parse(request.body)));
    return new Response(null, {
      status: 202,
      headers: { "x-message-id": `mail-${this.mails.length}` },
    });
  }
}

/** A refusal as SendGrid writes it. */
export function refusal(status: number, message: string, field: string | null): Response {
  return Response.json({ errors: [{ message, field, help: null }] }, { status });
}
