/**
 * Serves the webhook by which SendGrid tells of emails that came back. Anybody can send requests to it;
 * only those that SendGrid has signed are read.
 *
 * @module
 */

import { Hono } from "hono";
import type { BounceEvent } from "../domain/bounce_report.ts";
import { OutboxError } from "../outbox/port.ts";
import { SECOND } from "../settings/duration.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { BodyTooLarge, BodyTooSlow, readBody } from "./body.ts";
import type { DiscardBody } from "./discard.ts";
import { errorResponse, methodNotAllowed } from "./errors.ts";
import { limitOpenBodies } from "./open_bodies.ts";
import { openRefusalLog } from "./refusals.ts";

const log = openLog("bounces");

/** What the webhook needs. */
export interface BounceWebhookOptions {
  readonly clock: Clock;
  /** Verifies a request and reads its events. */
  readonly open: (request: {
    readonly signature: string;
    readonly timestamp: string;
    readonly body: Uint8Array;
    readonly now: number;
  }) => readonly BounceEvent[] | "forged" | "malformed";
  /** Takes an event; rejects with an `OutboxError` when it cannot be stored. */
  readonly take: (event: BounceEvent) => Promise<void>;
}

/** The path of the webhook. */
export const WEBHOOK_PATH = "/bounces/sendgrid";

// SendGrid sends what has gathered within a second, or 768 kB.
const MAX_BODY_BYTES = 2 * 1024 * 1024;
const BODY_LIMITS = { max: 8, maxMs: 10 * SECOND, slowMs: SECOND };
const SIGNATURE = "x-twilio-email-event-webhook-signature";
const TIMESTAMP = "x-twilio-email-event-webhook-timestamp";
const MAX_SIGNATURE_CHARS = 200;

/**
 * The route of the webhook.
 *
 * @param discard For requests without a signature.
 */
export function bounceRoutes(options: BounceWebhookOptions, discard: DiscardBody): Hono {
  const { clock } = options;
  const app = new Hono();
  const logRefusal = openRefusalLog(clock);
  const bodies = limitOpenBodies({ ...BODY_LIMITS, clock });

  app.post(WEBHOOK_PATH, async (context) => {
    const signature = context.req.header(SIGNATURE) ?? "";
    const timestamp = context.req.header(TIMESTAMP) ?? "";
    const refuse = () => {
      logRefusal({ reason: "not signed by SendGrid", method: "POST" });
      return errorResponse(context, "M_FORBIDDEN", "The request is not signed by SendGrid");
    };
    if (signature === "" || signature.length > MAX_SIGNATURE_CHARS || timestamp === "") {
      await discard(context.req.raw);
      return refuse();
    }
    const body = await read(context.req.raw);
    if (typeof body === "number") {
      if (body === 503) context.header("Retry-After", "60");
      return errorResponse(context, "M_UNKNOWN", "The body could not be read", body);
    }
    const events = options.open({ signature, timestamp, body, now: clock.now() });
    if (events === "forged") return refuse();
    if (events === "malformed") {
      log.warn("bounces not read", { reason: "the request is not a list of SendGrid's events" });
      return errorResponse(context, "M_BAD_JSON", "The body is not a list of events");
    }
    try {
      for (const event of events) await options.take(event);
    } catch (error) {
      if (!(error instanceof OutboxError)) throw error;
      log.warn("bounces not taken", { error: error.message });
      context.header("Retry-After", "60");
      return errorResponse(context, "M_UNKNOWN", "The database is unavailable", 503);
    }
    return context.body(null, 204);
  });
  app.all(WEBHOOK_PATH, methodNotAllowed("POST", discard));
  return app;

  async function read(request: Request): Promise<Uint8Array | 400 | 408 | 413 | 503> {
    using open = bodies.begin();
    if (open === undefined) {
      await request.body?.cancel();
      return 503;
    }
    try {
      return await readBody(request, MAX_BODY_BYTES, open.signal);
    } catch (error) {
      if (error instanceof BodyTooLarge) return 413;
      if (error instanceof BodyTooSlow) return 408;
      return 400;
    }
  }
}
