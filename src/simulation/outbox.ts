/**
 * Reads from the outbox what concerns an invite that is tried out.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { openOutboxBeside } from "../app/outbox.ts";
import type { Platform } from "../app/platform.ts";
import type { Settings } from "../config/sections/settings.ts";
import { addressKey, type EmailAddress } from "../domain/email_address.ts";
import { isLocal } from "../domain/user_id.ts";
import { type Outbox, OutboxError } from "../outbox/port.ts";
import type { LimitName } from "../outbox/work.ts";
import type { Suppression } from "../outbox/suppressions.ts";
import type { Invite } from "./event.ts";
import type { Step } from "./step.ts";

/** What the outbox says. */
export interface OutboxAnswer {
  readonly steps: readonly Step[];
  /** The addresses that an email may go to. */
  readonly addresses: readonly EmailAddress[];
}

/**
 * Reads it beside the service. What cannot be read keeps nobody from getting an email.
 *
 * @param addresses With `notify.addresses: failover` all of them, the first one being the one to use.
 */
export async function readOutbox(
  invite: Invite,
  addresses: readonly EmailAddress[],
  settings: Settings,
  platform: Platform,
): Promise<OutboxAnswer> {
  try {
    await using outbox = await openOutboxBeside(settings, platform);
    return await readOpened(outbox, invite, addresses, settings);
  } catch (error) {
    if (!(error instanceof OutboxError)) throw error;
    const text = `not read, so suppressions and limits are unknown: ${error.message}`;
    const isFirst = settings.notify.addresses === "failover";
    return {
      steps: [{ step: "outbox", result: "skipped", text }],
      addresses: isFirst ? addresses.slice(0, 1) : addresses,
    };
  }
}

async function readOpened(
  { suppressions, records }: Outbox,
  invite: Invite,
  addresses: readonly EmailAddress[],
  settings: Settings,
): Promise<OutboxAnswer> {
  const { domain } = settings.matrix;
  const all = await suppressions.list();
  const steps: Step[] = [];
  const left: EmailAddress[] = [];
  for (const address of addresses) {
    const hash = suppressions.hash("address", addressKey(address));
    const stops = all.filter((one) =>
      Buffer.compare(one.addressHash, hash) === 0 && applies(one, invite, domain)
    );
    if (stops.length === 0) left.push(address);
    else steps.push({ step: "outbox", result: "stop", text: stopText(address, stops) });
    // Only an address that emails came back from gives its place to the next one.
    const isPassed = stops.every(({ scope }) => scope === "bounce") && stops.length > 0;
    if (settings.notify.addresses === "failover" && !isPassed) break;
  }
  if (steps.length === 0) steps.push(ok("none of the addresses has stopped such emails"));
  const { catchingUp, outages } = await records.holds();
  if (catchingUp !== undefined) {
    steps.push(wait("all emails wait until the homeserver has caught up: see status"));
  }
  for (const work of ["invitations", "mails"] as const) {
    const outage = outages[work];
    if (outage !== undefined) {
      steps.push(wait(`all ${work} wait for the end of an outage: ${outage.reason}`));
    }
  }
  const { limited } = await records.summary(invite.now);
  for (const [limit, count] of Object.entries(limited)) {
    if (count > 0) {
      steps.push(wait(`${count} wait for a limit (${LIMIT_KEYS[limit as LimitName]})`));
    }
  }
  return { steps, addresses: left };
}

function stopText(address: EmailAddress, stops: readonly Suppression[]): string {
  const list = stops.map(({ id, scope, reason }) =>
    scope === "bounce" ? `emails came back (${id})` : `${scope}, stopped by ${reason} (${id})`
  );
  return `no such emails to ${address}: ${list.join("; ")}; see suppressions list and lift`;
}

const LIMIT_KEYS: Readonly<Record<LimitName, string>> = {
  address: "notify.limits.perAddress",
  inviter: "notify.limits.perInviter",
  server: "notify.limits.perServer",
  room: "notify.limits.perRoom",
  overall: "notify.limits.overall",
};

// The simulated room is nobody's: no suppression is about it.
function applies({ scope, target, until }: Suppression, invite: Invite, domain: string): boolean {
  switch (scope) {
    case "all":
      return true;
    case "outside":
      return !isLocal(invite.inviter, domain);
    case "inviter":
      return target === invite.inviter;
    case "bounce":
      return until === undefined || until > invite.now;
    case "room":
      return false;
  }
}

function ok(text: string): Step {
  return { step: "outbox", result: "ok", text };
}

function wait(text: string): Step {
  return { step: "outbox", result: "wait", text };
}
