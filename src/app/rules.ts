/**
 * The program's own rules as the settings have them.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { roomLink, viaServers } from "../domain/room_link.ts";
import type { ModelOptions } from "../notify/mail_model.ts";
import type { MembershipRules } from "../notify/membership_event.ts";
import type { Policy } from "../notify/policy.ts";
import type { Renderer } from "../render/port.ts";
import { compileGlob } from "../text/glob.ts";
import { brandOf, registerUrl } from "./brand.ts";

/** Whose invites count. */
export function membershipRules({ matrix, appsvc, notify }: Settings): MembershipRules {
  const { main, inviteExpired } = appsvc.user;
  return {
    domain: matrix.domain,
    ownUsers: new Set([main, inviteExpired].map((name) => `@${name}:${matrix.domain}`)),
    maxAge: notify.maxAge,
  };
}

/** Who is mailed, and how much. */
export function policyOf({ notify }: Settings): Policy {
  return {
    only: notify.only.map(compileGlob),
    except: notify.except.map(compileGlob),
    addresses: notify.addresses,
    perInviter: notify.limits.perInviter,
  };
}

/** What mails are made with. */
export function modelOptions(settings: Settings, { languages }: Renderer): ModelOptions {
  const { matrix, notify } = settings;
  return {
    domain: matrix.domain,
    content: notify.content,
    brand: brandOf(settings),
    registerUrl: registerUrl(settings),
    timeZone: notify.timeZone,
    languages,
    language: notify.language,
    link: ({ roomId, inviter, alias }) =>
      roomLink(notify.link, {
        roomId,
        via: viaServers(roomId, inviter),
        ...(alias === undefined ? {} : { alias }),
      }),
  };
}
