import assert from "node:assert/strict";
import { openReadiness } from "../../../src/app/monitoring/readiness.ts";
import { OutboxError, type Work } from "../../../src/outbox/port.ts";
import { MINUTE } from "../../../src/settings/duration.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

interface State {
  readonly running?: boolean;
  readonly broken?: boolean;
  readonly open?: Work;
  /** For how many milliseconds which work is due. */
  readonly due?: readonly [Work, number];
  readonly catchingUp?: boolean;
}

function readinessOf({ running = true, broken = false, open, due, catchingUp = false }: State) {
  const clock = new ManualClock();
  const readiness = openReadiness({
    outbox: {
      check: () =>
        broken ? Promise.reject(new OutboxError("unavailable", "no disk")) : Promise.resolve(),
      nextDue: (work) => Promise.resolve(due?.[0] === work ? clock.now() - due[1] : undefined),
    },
    circuits: {
      invitations: { isOpen: open === "invitations" },
      mails: { isOpen: open === "mails" },
    },
    catchUp: { left: () => Promise.resolve(catchingUp ? MINUTE : undefined) },
    maxDelay: 15 * MINUTE,
    clock,
  });
  readiness.running = running;
  return readiness;
}

const LATE = "that are due wait for more than 15m";
const CASES: readonly (readonly [string, State, readonly string[], readonly string[]])[] = [
  ["all is well", {}, [], []],
  ["it starts or stops", { running: false }, ["the service starts or stops"], [
    "the service starts or stops",
  ]],
  ["there is no database", { broken: true }, ["the database is unavailable"], [
    "the database is unavailable",
  ]],
  ["the stores are out of order", { open: "invitations" }, [], [
    "the identity stores do not answer",
  ]],
  ["the mail server is out of order", { open: "mails" }, [], ["the mail server takes no emails"]],
  ["an email is due for a while", { due: ["mails", 15 * MINUTE] }, [], []],
  ["an email is due for long", { due: ["mails", 15 * MINUTE + 1] }, [], [`mails ${LATE}`]],
  ["an invitation is due for long", { due: ["invitations", 16 * MINUTE] }, [], [
    `invitations ${LATE}`,
  ]],
  ["an email is due later", { due: ["mails", -60 * MINUTE] }, [], []],
  ["the homeserver is catching up", { due: ["mails", 60 * MINUTE], catchingUp: true }, [], []],
];

for (const [when, state, transactions, delivery] of CASES) {
  Deno.test(`readiness when ${when}`, async () => {
    const readiness = readinessOf(state);
    assert.deepEqual(await readiness.takesTransactions(), transactions);
    assert.deepEqual(await readiness.delivers(), delivery);
  });
}
