import assert from "node:assert/strict";
import { Hono } from "hono";
import type { BounceEvent } from "../../src/domain/bounce_report.ts";
import { bounceRoutes, WEBHOOK_PATH } from "../../src/http/bounce_webhook.ts";
import { openDiscard } from "../../src/http/discard.ts";
import { openEventWebhook } from "../../src/mail/sendgrid/events.ts";
import { OutboxError } from "../../src/outbox/port.ts";
import { signingKey } from "../fakes/mail/event_signature.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

const key = signingKey();
const EVENT = { event: "bounce", status: "5.1.1", reason: "550 no", appservice_mxisd: "abc" };

function served(take?: (event: BounceEvent) => Promise<void>) {
  const clock = new FakeClock();
  const taken: BounceEvent[] = [];
  const app = new Hono().route(
    "/",
    bounceRoutes({
      clock,
      open: openEventWebhook(key.publicKey),
      take: take ?? ((event) => {
        taken.push(event);
        return Promise.resolve();
      }),
    }, openDiscard()),
  );
  async function post(body: string, headers?: Record<string, string>): Promise<number> {
    const { signature, timestamp } = key.sign(body, clock.now());
    const response = await app.request(WEBHOOK_PATH, {
      method: "POST",
      body,
      headers: headers ?? {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
      },
    });
    await response.body?.cancel();
    return response.status;
  }
  return { app, taken, post };
}

Deno.test("the events of a signed request are taken", async () => {
  await using _logs = await collectLogs();
  const { taken, post } = served();
  assert.equal(await post(JSON.stringify([EVENT, { event: "delivered" }, EVENT])), 204);
  const expected = { token: "abc", kind: "failed", status: "5.1.1", text: "550 no" };
  assert.deepEqual(taken, [expected, expected]);
});

Deno.test("a request that is not signed is refused, whatever is wrong with it", async () => {
  await using _logs = await collectLogs();
  const { taken, post } = served();
  const body = JSON.stringify([EVENT]);
  const { signature, timestamp } = key.sign(body, 0);
  const name = "X-Twilio-Email-Event-Webhook-";
  for (
    const headers of [
      {},
      { [`${name}Signature`]: signature },
      { [`${name}Timestamp`]: timestamp },
      { [`${name}Signature`]: signature, [`${name}Timestamp`]: timestamp },
      { [`${name}Signature`]: "x".repeat(5000), [`${name}Timestamp`]: timestamp },
      { [`${name}Signature`]: "AAAA", [`${name}Timestamp`]: timestamp },
    ]
  ) {
    assert.equal(await post(body, headers), 403);
  }
  assert.deepEqual(taken, []);
});

Deno.test("a signed request that is not a list of events is malformed", async () => {
  await using _logs = await collectLogs();
  assert.equal(await served().post("{}"), 400);
});

Deno.test("a body that is too large is refused", async () => {
  await using _logs = await collectLogs();
  assert.equal(await served().post(`["${"x".repeat(2 * 1024 * 1024)}"]`), 413);
});

Deno.test("SendGrid has to try again while the database is unavailable", async () => {
  await using _logs = await collectLogs();
  const { post } = served(() => Promise.reject(new OutboxError("unavailable", "locked")));
  assert.equal(await post(JSON.stringify([EVENT])), 503);
});

Deno.test("other methods are not supported", async () => {
  const response = await served().app.request(WEBHOOK_PATH);
  await response.body?.cancel();
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"]);
});
