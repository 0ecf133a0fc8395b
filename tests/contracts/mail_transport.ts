/**
 * The contract of all mail transports.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { MailTransport } from "../../src/mail/port.ts";
import { message } from "../fakes/mail/messages.ts";
import { howMany } from "../thorough.ts";

/** An open transport and its destination. */
export interface TransportHarness extends AsyncDisposable {
  readonly transport: MailTransport;
  /** How many mails have arrived; `undefined` for a transport that drops them. */
  arrived(): Promise<number> | undefined;
}

/** A transport to test. */
export interface TransportContract {
  /** The name in the tests. */
  readonly name: string;
  open(): Promise<TransportHarness>;
}

/** Adds the tests. */
export function testMailTransport({ name, open }: TransportContract): void {
  Deno.test(`${name}: accepts a mail, and says so in one line`, async () => {
    await using harness = await open();
    const receipt = await harness.transport.send(message());
    assert(receipt.kind === "accepted");
    assert.match(receipt.response, /^[^\p{C}]+$/u);
    assert.equal(await harness.arrived() ?? 1, 1);
  });

  Deno.test(`${name}: can be checked before the first mail, which sends none`, async () => {
    await using harness = await open();
    assert.equal(await harness.transport.check(), undefined);
    assert.equal(await harness.arrived() ?? 0, 0);
  });

  Deno.test(`${name}: a mail that is stopped before it is sent is deferred, as a temporary fault`, async () => {
    await using harness = await open();
    const receipt = await harness.transport.send(message(), { signal: AbortSignal.abort() });
    assert(receipt.kind === "deferred");
    assert.equal(receipt.fault, "temporary");
    assert.equal(await harness.arrived() ?? 0, 0);
  });

  Deno.test(`${name}: says how many mails it sends at once, and how long one may take`, async () => {
    await using harness = await open();
    const { concurrency, longestSend } = harness.transport;
    assert(Number.isInteger(concurrency) && concurrency >= 1);
    assert(Number.isInteger(longestSend) && longestSend >= 0);
  });

  Deno.test(`${name}: many mails at the same time arrive, each one`, async () => {
    const mails = howMany(8, 20);
    await using harness = await open();
    const receipts = await Promise.all(
      Array.from(
        { length: mails },
        (_, at) => harness.transport.send(message({ messageId: `<mail-${at}@example.org>` })),
      ),
    );
    assert.deepEqual(new Set(receipts.map(({ kind }) => kind)), new Set(["accepted"]));
    assert.equal(await harness.arrived() ?? mails, mails);
  });

  Deno.test(`${name}: can be closed twice, and used or not`, async () => {
    await using harness = await open();
    await harness.transport.send(message());
    await harness.transport[Symbol.asyncDispose]();
    await harness.transport[Symbol.asyncDispose]();
    await using unused = await open();
    await unused.transport[Symbol.asyncDispose]();
  });
}
