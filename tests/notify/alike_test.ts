import assert from "node:assert/strict";
import type { Receipt } from "../../src/mail/port.ts";
import { AlikeRefusals } from "../../src/notify/alike.ts";
import { HOUR, MINUTE } from "../../src/settings/duration.ts";
import { deferred } from "../fakes/mail/recording_transport.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

type Codes = Partial<Receipt & { readonly kind: "deferred" }>;

const ACCEPTED: Receipt = { kind: "accepted", response: "250 Ok" };
const RELAY_DENIED = { stage: "recipient", replyCode: 554, enhancedCode: "5.7.1" } as const;
const LATER = { stage: "recipient", replyCode: 450, enhancedCode: "4.7.1" } as const;

function harness() {
  const clock = new ManualClock();
  const refusals = new AlikeRefusals(clock);
  return {
    clock,
    /** Whether the refusal of a person's mail is told to be one that everybody gets. */
    refused: (person: string, codes: Codes = RELAY_DENIED, own = true): boolean =>
      refusals.report({ address: `${person}@mail.example`, own }, deferred(codes)) > 0,
    accepted(person: string): void {
      assert.equal(
        refusals.report({ address: `${person}@mail.example`, own: true }, ACCEPTED),
        0,
      );
    },
    report: refusals.report.bind(refusals),
  };
}

const FIVE = ["ada", "bob", "carol", "dave", "erin"];

for (
  const [name, codes] of Object.entries<readonly Codes[]>({
    "relaying is denied": [RELAY_DENIED],
    "550 without more": [{ stage: "recipient", replyCode: 550 }],
    "4xx at RCPT, whatever their codes": [LATER, {
      ...LATER,
      replyCode: 451,
      enhancedCode: "4.3.0",
    }],
    "a quota after the message": [{ stage: "data", replyCode: 550, enhancedCode: "5.4.5" }],
  })
) {
  Deno.test(`five addresses that are refused alike are everybody: ${name}`, () => {
    const { refused } = harness();
    const told = FIVE.map((person, at) => refused(person, codes[at % codes.length]));
    assert.deepEqual(told, [false, false, false, false, true]);
    assert.equal(refused("frank", codes[0]), true);
    assert.equal(refused("ada", codes[0]), true);
  });
}

for (
  const [name, codes] of Object.entries<readonly Codes[]>({
    "other codes of 5xx": [RELAY_DENIED, { ...RELAY_DENIED, enhancedCode: "5.7.26" }],
    "other stages": [LATER, { ...LATER, stage: "data" }],
    "without a reply": [{ stage: "data" }],
    "what is no mail server's word": [{ stage: "compose" }],
    "what is an outage already": [{ stage: "sender", replyCode: 451, general: true }],
  })
) {
  Deno.test(`these are not alike: ${name}`, () => {
    const { refused } = harness();
    const people = [...FIVE, "frank", "grace", "heidi"];
    assert(people.every((person, at) => !refused(person, codes[at % codes.length])));
  });
}

Deno.test("an address that does not exist is refused for itself", () => {
  const { report } = harness();
  const receipt: Receipt = { kind: "rejected", ...RELAY_DENIED, reason: "no such user" };
  assert(
    FIVE.every((person) => !report({ address: `${person}@mail.example`, own: true }, receipt)),
  );
});

Deno.test("one address counts once, and refusals count for ten minutes", () => {
  const { refused, clock } = harness();
  for (let n = 0; n < 20; n++) assert.equal(refused("ada"), false);
  clock.advance(10 * MINUTE);
  assert.deepEqual(["bob", "carol", "dave", "erin"].map((person) => refused(person)), [
    ...[false, false, false, false],
  ]);
  clock.advance(10 * MINUTE - 1);
  assert.equal(refused("frank"), true);
});

Deno.test("the machine's clock that is set changes nothing", () => {
  const { refused, clock } = harness();
  const told = FIVE.map((person) => {
    clock.jump(HOUR);
    return refused(person);
  });
  assert.deepEqual(told, [false, false, false, false, true]);
});

Deno.test("strangers' mails are no evidence, and are held up as all others", () => {
  const { refused } = harness();
  for (let n = 0; n < 50; n++) assert.equal(refused(`stranger${n}`, RELAY_DENIED, false), false);
  assert.deepEqual(FIVE.map((person) => refused(person)), [false, false, false, false, true]);
  assert.equal(refused("stranger", RELAY_DENIED, false), true);
});

Deno.test("after a mail was accepted, addresses that were refused before no longer count", () => {
  const { refused, accepted } = harness();
  FIVE.slice(0, 4).forEach((person) => refused(person));
  accepted("zoe");
  for (let round = 0; round < 3; round++) {
    assert(FIVE.every((person) => !refused(person)), "one of them is new, four are not");
  }
  assert.deepEqual(["a", "b", "c", "d"].map((person) => refused(person)), [
    ...[false, false, false, true],
  ]);
  accepted("zoe");
  assert.equal(refused("frank"), false);
});

Deno.test("an address that accepts a mail counts again", () => {
  const { refused, accepted } = harness();
  FIVE.forEach((person) => refused(person));
  FIVE.forEach((person) => accepted(person));
  assert.deepEqual(FIVE.map((person) => refused(person)), [false, false, false, false, true]);
});
