import assert from "node:assert/strict";
import { MAX_AGE_MS, openEventWebhook } from "../../../src/mail/sendgrid/events.ts";
import { signingKey } from "../../fakes/mail/event_signature.ts";

const NOW = 1_767_225_600_000;
const key = signingKey();
const open = openEventWebhook(key.publicKey);

function request(events: unknown, now = NOW) {
  return { ...key.sign(JSON.stringify(events), now), now };
}

Deno.test("a request that SendGrid's own libraries are tested with is signed", () => {
  const publicKey = "-----BEGIN PUBLIC KEY-----\n" +
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQG" +
    "hHPTnlvFYPAZFceEu/1FwCM/QmGUhA==\n-----END PUBLIC KEY-----\n";
  const payload = { category: "example_payload", event: "test_event", message_id: "message_id" };
  const signed = {
    signature:
      "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
    timestamp: "1588788367",
    body: new TextEncoder().encode(JSON.stringify(payload)),
    now: 1_588_788_367_000,
  };
  // It is not a list of events.
  assert.equal(openEventWebhook(publicKey)(signed), "malformed");
  const changed = { ...signed, body: new TextEncoder().encode(JSON.stringify([payload])) };
  assert.equal(openEventWebhook(publicKey)(changed), "forged");
});

const TOKEN = { appservice_mxisd: "abc" };
const EVENTS: Readonly<Record<string, [unknown, unknown]>> = {
  "a bounce": [
    {
      event: "bounce",
      type: "bounce",
      status: "5.1.1",
      reason: "550 no <bob@x.example>",
      ...TOKEN,
    },
    { kind: "failed", status: "5.1.1", text: "550 no <address>" },
  ],
  "a block": [
    { event: "bounce", type: "blocked", reason: "550 spam", ...TOKEN },
    { kind: "blocked", status: undefined, text: "550 spam" },
  ],
  "a block of its own": [
    { event: "blocked", status: "5.7.1", ...TOKEN },
    { kind: "blocked", status: "5.7.1", text: "" },
  ],
  "a drop": [
    { event: "dropped", status: "5.0.0", reason: "Bounced Address", ...TOKEN },
    { kind: "blocked", status: "5.0.0", text: "Bounced Address" },
  ],
  "a complaint": [
    { event: "spamreport", ...TOKEN },
    { kind: "complaint", status: undefined, text: "" },
  ],
  "a deferral": [{ event: "deferred", response: "451 later", ...TOKEN }, undefined],
  "a delivery": [{ event: "delivered", ...TOKEN }, undefined],
  "another program's": [{ event: "bounce", status: "5.1.1" }, undefined],
  "an event named as what every object has": [{ event: "constructor", ...TOKEN }, undefined],
};
for (const [what, [event, expected]] of Object.entries(EVENTS)) {
  Deno.test(`of SendGrid's events, ${what} is ${expected ? "read" : "passed over"}`, () => {
    const found = open(request([event]));
    assert.deepEqual(found, expected ? [{ token: "abc", ...expected as object }] : []);
  });
}

Deno.test("what is not signed, or not now, is forged", () => {
  const good = request([]);
  assert.deepEqual(open(good), []);
  const other = signingKey().sign("[]", NOW);
  const cases = {
    "another key": { ...other, now: NOW },
    "another body": { ...good, body: new TextEncoder().encode("[ ]") },
    "another time": { ...good, timestamp: String(NOW / 1000 + 1) },
    "no signature": { ...good, signature: "" },
    "a signature that is none": { ...good, signature: "AAAA" },
    "a time that is none": { ...key.sign("[]", NOW, "now"), now: NOW },
    "too old": { ...good, now: NOW + MAX_AGE_MS + 1 },
    "too far ahead": { ...good, now: NOW - MAX_AGE_MS - 1 },
  };
  for (const [what, signed] of Object.entries(cases)) assert.equal(open(signed), "forged", what);
});

for (const body of ["", "{}", "[1]", '[{"event":1}]', "[".repeat(10_000), "\u0000"]) {
  Deno.test(`${JSON.stringify(body.slice(0, 20))} is no list of events`, () => {
    assert.equal(open({ ...key.sign(body, NOW), now: NOW }), "malformed");
  });
}
