import assert from "node:assert/strict";
import { SECOND } from "../../../src/settings/duration.ts";
import { startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { inviteEvent } from "../../process/invite_event.ts";
import { thoroughTest } from "../../thorough.ts";
import { startWatched, type WatchedService } from "./service.ts";

const SMTP_PORT = "threepid.medium.email.connectors.smtp.port";

/** An invite to a room of its own, as of now. */
function invite({ clock }: WatchedService, room: number, invitee = "bob"): unknown {
  return inviteEvent({
    room_id: `!room${room}:example.org`,
    event_id: `$event${room}`,
    state_key: `@${invitee}:example.org`,
    origin_server_ts: clock.now(),
  });
}

/** Waits until a figure has at least a value. */
async function reached(service: WatchedService, name: string, value: number): Promise<void> {
  while (((await service.figures()).get(name) ?? 0) < value) {
    await service.clock.advance(SECOND);
  }
}

thoroughTest("a scrape under load shows exact counts", async () => {
  await using server = startScriptedSmtp();
  await using service = await startWatched({
    [SMTP_PORT]: server.port,
    "notify.digest.window": "off",
    "notify.limits.perAddress": "off",
  });
  const transactions = Array.from({ length: 40 }, (_, index) => {
    const known = inviteEvent({ type: "m.room.message" });
    return service.push(index, [known, invite(service, index, index % 2 ? "bob" : "carol")]);
  });
  const scrapes = Array.from({ length: 8 }, () => service.figures());
  assert.deepEqual(new Set(await Promise.all(transactions)), new Set([200]));
  for (const figures of await Promise.all(scrapes)) {
    assert.ok((figures.get('transactions_total{result="accepted"}') ?? 0) <= 40);
  }
  assert.equal(await service.push(100, "no JSON"), 400);
  assert.equal(await service.push(101, [invite(service, 1)]), 200);
  await reached(service, 'mails_total{outcome="sent"}', 20);
  await reached(service, 'invitations_total{outcome="skipped",reason="no address"}', 20);
  // Longer than the database's answers are kept.
  await service.clock.advance(5 * SECOND);
  const figures = await service.figures();
  const expected = {
    'transactions_total{result="accepted"}': 41,
    'transactions_total{result="malformed"}': 1,
    'transactions_total{result="failed"}': 0,
    "transaction_seconds_count": 42,
    'events_total{source="transaction",result="seen"}': 40,
    'events_total{source="transaction",result="known"}': 1,
    'invitations_total{outcome="resolved",reason=""}': 20,
    'invitations_total{outcome="skipped",reason="no address"}': 20,
    "mails_queued_total": 20,
    'mails_total{outcome="sent"}': 20,
    'send_seconds_count{result="accepted"}': 20,
    'database_seconds_count{operation="record"}': 41,
    'database_seconds_count{operation="settle mail"}': 20,
    'invitations{state="resolved"}': 20,
    'invitations{state="skipped"}': 20,
    'invitations{state="pending"}': 0,
    'mails{state="sent"}': 20,
    'oldest_seconds{work="mails"}': 0,
    'overdue_seconds{work="mails"}': 0,
    "ready": 1,
    "delivery_ready": 1,
  };
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, figures.get(name)]));
  assert.deepEqual(seen, expected);
  assert.ok((figures.get('lookup_seconds_count{store="memory",result="found"}') ?? 0) > 0);
  assert.ok((figures.get('memory_bytes{kind="resident"}') ?? 0) > 1e6);
  assert.ok((figures.get("transaction_bytes_total") ?? 0) > 40 * 100);
});

Deno.test("no figure has an address, a person or a room in it", async () => {
  await using server = startScriptedSmtp({ plays: { rcpt: "550 5.1.1 no bob@corp.example" } });
  await using service = await startWatched({ [SMTP_PORT]: server.port });
  await service.push(1, [invite(service, 1), invite(service, 2, "carol"), invite(service, 3, "x")]);
  await reached(service, 'mails_total{outcome="rejected"}', 1);
  const [, text] = await service.get("/metrics");
  assert.doesNotMatch(text, /@|corp\.example|bob|carol|alice|!room|\$event|event1/);
  const figures = await service.figures();
  assert.equal(figures.get('send_failures_total{fault="recipient",stage="recipient"}'), 1);
});

Deno.test("an outage of the mail server is told by /readyz/delivery, and not by /readyz", async () => {
  // Nothing listens on the port 1.
  await using service = await startWatched({
    "notify.digest.window": "off",
    "threepid.medium.email.connectors.smtp.pool": 1,
  });
  assert.deepEqual(await service.get("/readyz/delivery"), [200, '{"status":"ready"}']);
  await service.push(1, [invite(service, 1), invite(service, 2), invite(service, 3)]);
  await reached(service, 'circuit_open{work="mails"}', 1);
  assert.deepEqual(await service.get("/readyz"), [200, '{"status":"ready"}']);
  const [status, body] = await service.get("/readyz/delivery");
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(body), {
    status: "not ready",
    reasons: ["the mail server takes no emails"],
  });
  const figures = await service.figures();
  assert.equal(figures.get("ready"), 1);
  assert.equal(figures.get("delivery_ready"), 0);
  assert.equal(figures.get('send_failures_total{fault="temporary",stage="connect"}'), 3);
});

Deno.test("a service that drains is alive, and not ready", async () => {
  await using server = startScriptedSmtp({ plays: { mail: "hang" } });
  await using service = await startWatched({ [SMTP_PORT]: server.port });
  await service.push(1, [invite(service, 1)]);
  await service.clock.advance(SECOND);
  await server.reached("mail");
  const stopped = service.stop();
  assert.deepEqual((await service.get("/healthz"))[0], 200);
  const [status, body] = await service.get("/readyz");
  assert.deepEqual([status, JSON.parse(body).reasons], [503, ["the service starts or stops"]]);
  await service.clock.advance(8 * SECOND);
  await stopped;
});

Deno.test("the listener is at the loopback address, and serves nothing of the other one", async () => {
  await using service = await startWatched({ "threepid.medium.email.connector": "none" });
  assert.equal(service.app.monitoringAddress?.hostname, "127.0.0.1");
  assert.equal((await service.get("/health"))[0], 404);
  const { port } = service.app.address;
  for (const path of ["/metrics", "/healthz", "/readyz"]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    await response.body?.cancel();
    assert.equal(response.status, 404);
  }
});

Deno.test("without a port there is no such listener", async () => {
  await using service = await startWatched({ "server.metrics.port": undefined });
  assert.equal(service.app.monitoringAddress, undefined);
});
