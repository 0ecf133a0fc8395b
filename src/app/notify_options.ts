/**
 * Makes the options of `notify` from the settings.
 *
 * @module
 */

import { domainToASCII } from "node:url";
import type { Settings } from "../config/sections/settings.ts";
import { domainOf } from "../domain/email_address.ts";
import { roomLink, viaServers } from "../domain/room_link.ts";
import { bounceAddress, bounceTokens } from "../notify/bounces/bounce_token.ts";
import type { DeliverOptions } from "../notify/deliver.ts";
import type { MasterSecret } from "../notify/derived_key.ts";
import type { MailHeaderOptions } from "../notify/mail_headers.ts";
import type { ModelOptions } from "../notify/mail_model.ts";
import type { MembershipRules } from "../notify/accept/membership_event.ts";
import type { Policy, Selection } from "../notify/policy.ts";
import type { Gathering } from "../outbox/gather.ts";
import type { Renderer } from "../render/port.ts";
import type { QuietHours } from "../settings/quiet_hours.ts";
import { compileGlob } from "../text/glob.ts";
import { brandOf, registerUrl, sender } from "./brand.ts";
import { hasLegacyTemplate } from "./legacy_template.ts";

/** Which invites the service accepts. */
export function membershipRules({ matrix, appsvc, notify }: Settings): MembershipRules {
  const { main, inviteExpired } = appsvc.user;
  return {
    domain: matrix.domain,
    ownUsers: new Set([main, inviteExpired].map((name) => `@${name}:${matrix.domain}`)),
    maxAge: notify.maxAge,
    catchUp: notify.catchUp,
  };
}

/** Who gets mails, for which invitations, and how many. */
export function policyOf(settings: Settings): Policy {
  const { notify } = settings;
  const { inviters, rooms, servers, kinds, addresses, repeatAfter } = notify;
  return {
    invitees: selection(notify),
    inviters: selection(inviters),
    rooms: selection(rooms),
    servers: selection(servers),
    kinds,
    addresses,
    late: gatheringOf(settings) !== undefined,
    added: tellsAdded(settings),
    repeatAfter,
  };
}

/** Whether people are told that they were added. A legacy template can only invite. */
export function tellsAdded(settings: Settings): boolean {
  return settings.notify.added && !hasLegacyTemplate(settings);
}

/** How invitations are put together into one email; `undefined` if each has its own. */
export function gatheringOf(settings: Settings): Gathering | undefined {
  const { delay, digest: { window, longest } } = settings.notify;
  return window === null || hasLegacyTemplate(settings) ? undefined : { delay, window, longest };
}

function selection(
  { only, except }: { readonly only: readonly string[]; readonly except: readonly string[] },
): Selection {
  return { only: only.map(compileGlob), except: except.map(compileGlob) };
}

/** When no mails are sent; `undefined` if that is not configured. */
export function quietHoursOf({ notify }: Settings): QuietHours | undefined {
  const { from, to, days, timeZone } = notify.quietHours;
  const daily = from === undefined || to === undefined ? undefined : { from, to };
  if (daily === undefined && days.length === 0) return undefined;
  return { daily, days, timeZone: timeZone ?? notify.timeZone };
}

/** What the text of mails is made with. */
export function modelOptions(settings: Settings, { languages }: Renderer): ModelOptions {
  const { matrix, notify } = settings;
  return {
    domain: matrix.domain,
    content: notify.content,
    contentFromOutside: notify.contentFromOutside,
    brand: brandOf(settings),
    registerUrl: registerUrl(settings),
    timeZone: notify.timeZone,
    languages,
    language: notify.language,
    link: ({ roomId, inviter, alias }) =>
      roomLink(notify.link, { roomId, via: viaServers(roomId, inviter), alias }),
  };
}

/** What the header fields of mails are made with, given the outbox's secret. */
export function headerOptions(settings: Settings, secret: MasterSecret): MailHeaderOptions {
  const { replyTo, unsubscribe: { mailto } } = settings.notify;
  return {
    domain: domainToASCII(domainOf(sender(settings).address)),
    secret: masterSecret(settings, secret),
    replyTo,
    unsubscribeMailto: mailto,
  };
}

/** Makes how bounces refer to a mail, if anything reads them. */
export function returnPathOf(
  settings: Settings,
  secret: MasterSecret,
): DeliverOptions["returnPath"] {
  const { domain, webhook } = settings.notify.bounces;
  if (domain === undefined && webhook.publicKey === undefined) return undefined;
  const tokens = bounceTokens(masterSecret(settings, secret));
  return ({ id, messageId }, trial) => {
    const token = tokens.write({ mail: id, messageId, trial });
    return { token, address: domain === undefined ? undefined : bounceAddress(token, domain) };
  };
}

/**
 * The secret that links, threads and hashes are derived from: the configured one, else the outbox's.
 * A link and the hashes in it need the same secret.
 */
export function masterSecret({ notify }: Settings, own: MasterSecret): MasterSecret {
  return notify.secret?.reveal() ?? own;
}
