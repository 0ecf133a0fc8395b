/**
 * The mail server or the identity store is down for a while.
 *
 * @module
 */

import { MAILS_AT_ONCE } from "../configuration.ts";
import type { Campaign } from "../fault.ts";
import { pause } from "../pause.ts";
import { choose } from "../seeded_random.ts";

const MAX_OUTAGE_MS = 4_000;

/** Cuts the mail server off or lets it misbehave, with a kill meanwhile. */
export async function stopMailServer(campaign: Campaign): Promise<string> {
  const { ledger, mailServer, random } = campaign;
  const what = choose(
    random,
    ["cut off", "greeting", "MAIL", "RCPT", "DATA", "no reply"] as const,
  );
  if (what !== "cut off") {
    const before = mailServer.unanswered;
    mailServer.misbehave(what);
    await outage(campaign);
    mailServer.misbehave(undefined);
    ledger.copies += mailServer.unanswered - before;
    return what === "no reply" ? "takes without a reply" : `refuses at ${what}`;
  }
  // It may have taken these mails without a word.
  ledger.copies += MAILS_AT_ONCE * campaign.service.replicas.length;
  await mailServer.down();
  await outage(campaign);
  await mailServer.up();
  return what;
}

/** Stops the identity store or makes it fail, with a kill meanwhile. */
export async function stopIdentityStore(campaign: Campaign): Promise<string> {
  const { identityService, random } = campaign;
  const what = choose(random, ["down", "500", "401"] as const);
  if (what === "down") await identityService.down();
  else identityService.fail(Number(what));
  await outage(campaign);
  if (what === "down") identityService.up();
  else identityService.fail(undefined);
  return what === "down" ? what : `status ${what}`;
}

async function outage({ ledger, random, service }: Campaign): Promise<void> {
  const from = Date.now();
  await pause(random() * MAX_OUTAGE_MS);
  await service.killAndStart();
  await pause(random() * MAX_OUTAGE_MS);
  ledger.until(ledger.excused, from);
}
