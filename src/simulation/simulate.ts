/**
 * Tries out what the service would do about an invite, with the real configuration and without a
 * homeserver.
 *
 * @module
 */

import { policyOf } from "../app/notify_options.ts";
import type { Platform } from "../app/platform.ts";
import { openRenderer } from "../app/renderer.ts";
import { joinPeople, openStores } from "../app/stores.ts";
import { openTransport } from "../app/transport.ts";
import type { Settings, StoreName } from "../config/sections/settings.ts";
import type { Profile } from "../domain/profile.ts";
import { isLocal } from "../domain/user_id.ts";
import type { StoreResult } from "../identity/query_stores.ts";
import { decideAfterLookup, decideBeforeLookup, isProfileOf } from "../notify/policy.ts";
import { RenderError } from "../render/port.ts";
import { acceptInvite, type Invite } from "./event.ts";
import { makeMail, sendMail } from "./mail.ts";
import { readOutbox } from "./outbox.ts";
import { askHomeserver, findPerson } from "./people.ts";
import type { SimulatedMail, Step } from "./step.ts";
import { mailText, personText, timeSteps } from "./texts.ts";

/** What the configuration is tried with. */
export interface SimulationOptions {
  readonly settings: Settings;
  /** The enabled identity stores, in the order of the configuration. */
  readonly stores: readonly StoreName[];
  readonly platform: Platform;
  /** Whether the emails are sent. */
  readonly send: boolean;
  /** Called with each step as soon as it is known, and with what a store answered. */
  readonly onStep: (step: Step, answer?: StoreResult) => void;
}

/** What came of an invite. */
export interface Simulation {
  readonly mails: readonly SimulatedMail[];
  /** Whether there is an email, and everything that was tried succeeded. */
  readonly succeeded: boolean;
}

/** Tries it out. Nothing is written, but for the emails if they are sent. */
export async function simulate(
  invite: Invite,
  { settings, stores: order, platform, send, onStep }: SimulationOptions,
  signal: AbortSignal,
): Promise<Simulation> {
  const NO_MAIL: Simulation = { mails: [], succeeded: false };
  const { inviter, invitee, now } = invite;
  const { domain } = settings.matrix;
  const own = isLocal(inviter, domain);
  const { step, invitation } = acceptInvite(invite, settings);
  onStep(step);
  if (invitation === undefined) return NO_MAIL;

  const policy = policyOf(settings);
  const { roomId, facts } = invitation;
  const early = decideBeforeLookup(
    { invitee, inviter, own, roomId, late: false, facts },
    policy,
  );
  if (early !== undefined) {
    onStep({ step: "policy", result: "stop", text: early.reason });
    return NO_MAIL;
  }
  const text = `${own ? "an inviter of this homeserver" : "an inviter of another homeserver"}; ` +
    "notify.only, except, inviters, servers, rooms and kinds let the invite pass";
  onStep({ step: "policy", result: "ok", text });

  const known = await askHomeserver(inviter, invitee, settings, platform, signal);
  onStep(known);
  if (known.result === "stop") return NO_MAIL;

  await using opened = new AsyncDisposableStack();
  const stores = await openStores(settings, order, platform);
  const everybody = opened.use(joinPeople(settings, stores, platform));
  const { results, profile, failure } = await findPerson(
    ...[invitee, stores, settings, platform, signal] as const,
  );
  for (const result of results) onStep(answerStep(result), result);
  if (failure !== undefined) {
    const text = `the lookup is tried again for five days: ${failure}`;
    onStep({ step: "person", result: "failed", text });
    return NO_MAIL;
  }
  const decision = decideAfterLookup({ invitee }, profile, policy);
  if (decision.kind === "skipped") {
    onStep({ step: "person", result: "stop", text: decision.reason });
    return NO_MAIL;
  }
  const { addresses, failover, recipient } = decision;
  onStep({
    step: "person",
    result: "ok",
    text: personText(decision.recipient, addresses, failover),
  });

  const outbox = await readOutbox(invite, [...addresses, ...failover], settings, platform);
  for (const step of outbox.steps) onStep(step);
  if (outbox.addresses.length === 0) return NO_MAIL;
  for (const step of timeSteps(settings, now, recipient.timeZone)) onStep(step);

  const inviterProfile = own ? await nameOf() : undefined;
  async function nameOf(): Promise<Profile | undefined> {
    try {
      const found = await everybody.findProfile(inviter, { signal });
      return found !== undefined && isProfileOf(found, inviter) ? found : undefined;
    } catch {
      // A courtesy: the email can do without.
      return undefined;
    }
  }
  const about = { invitation, inviterName: inviterProfile?.displayName, recipient, own, now };
  const mails: SimulatedMail[] = [];
  let succeeded = true;
  try {
    const renderer = openRenderer(settings);
    await using transport = openTransport(settings, platform);
    for (const address of outbox.addresses) {
      const made = await makeMail(address, about, settings, renderer);
      if (made.kind === "failed") {
        onStep(made.step);
        succeeded = false;
        continue;
      }
      mails.push(made.mail);
      onStep({ step: "mail", result: "ok", text: mailText(made.mail) });
      if (!send) continue;
      const sent = await sendMail(made.message, transport, signal);
      onStep(sent);
      succeeded &&= sent.result === "ok";
    }
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    onStep({ step: "mail", result: "failed", text: error.message });
    return { mails, succeeded: false };
  }
  return { mails, succeeded };
}

function answerStep({ outcome }: StoreResult): Step {
  return {
    step: "store",
    result: outcome.kind === "failed" ? "failed" : "ok",
    text: outcome.kind === "failed" ? outcome.error.message : outcome.kind,
  };
}
