/**
 * Some recipients' mails do not get their final reply.
 *
 * @module
 */

import { addressOf } from "../configuration.ts";
import type { Campaign } from "../fault.ts";
import type { AfterHang } from "../mail_server.ts";
import { pause, until } from "../pause.ts";
import { choose } from "../seeded_random.ts";

// Each is invited every two seconds or so.
const RECIPIENTS = 40;
const HANGING = 8; // more than the service sends at once
const PATIENCE_MS = 60_000;
const MAX_HANG_MS = 3_000;

/** Keeps the replies back until more mails hang than are sent at once; others' mails go on. */
export async function hangAfterData(campaign: Campaign): Promise<string> {
  const { ledger, mailServer, random } = campaign;
  const what: AfterHang = choose(random, ["take", "drop"] as const);
  const from = Date.now();
  mailServer.hang(new Set(Array.from({ length: RECIPIENTS }, (_, person) => addressOf(person))));
  await until(`${HANGING} mails hang`, () => mailServer.waiting >= HANGING, PATIENCE_MS);
  const before = mailServer.mails.length;
  await until("others' mails go on", () => mailServer.mails.length > before + 10, PATIENCE_MS);
  await pause(random() * MAX_HANG_MS);
  // What it has, and what it forgets, is sent again at the worst.
  ledger.copies += mailServer.waiting;
  mailServer.goOn(what);
  ledger.until(ledger.excused, from);
  return what === "take" ? "then taken" : "then cut";
}
