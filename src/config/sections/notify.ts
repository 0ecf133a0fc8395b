/**
 * The section `notify`: who gets emails, when, and how often.
 *
 * @module
 */

import { z } from "zod";
import { MAIL_CONTENTS, OUTSIDE_CONTENTS } from "../../domain/mail_content.ts";
import { DEFAULT_LINK, type LinkTemplate, parseLinkTemplate } from "../../domain/room_link.ts";
import { foldAscii } from "../../domain/user_id.ts";
import { DAY, MINUTE, SECOND } from "../../settings/duration.ts";
import {
  choice,
  duration,
  durationOrOff,
  durationWithin,
  emailAddress,
  filledSecret,
  flag,
  languageTag,
  limit,
  lookupTimeout,
  parsed,
  path,
  share,
  text,
} from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";
import { bouncesSection } from "./bounces.ts";
import { digestSection } from "./digest.ts";
import { brandSection } from "./notify_brand.ts";
import { quietHoursSection, timeZone } from "./quiet_hours.ts";

const users = () =>
  z.array(parsed(
    (pattern) => /^[@*?]/.test(pattern) ? pattern : undefined,
    "Matrix IDs with * and ?, such as '@*:example.org'",
  )).prefault([]);

const rooms = () =>
  z.array(parsed(
    (pattern) => /^[!#*?]/.test(pattern) ? pattern : undefined,
    "room IDs or aliases with * and ?, such as '#team-*:example.org'",
  )).prefault([]);

const servers = () =>
  z.array(parsed(
    (pattern) => /^[0-9A-Za-z.:*?[\]-]+$/.test(pattern) ? foldAscii(pattern) : undefined,
    "server names with * and ?, such as '*.example.org'",
  )).prefault([]);

const link = text().transform((value, context): LinkTemplate => {
  const result = parseLinkTemplate(value);
  if (result.kind === "link") return result.template;
  context.addIssue({ code: "custom", message: result.reason });
  return z.NEVER;
});

// ASCII before the @: otherwise every email would need a mail server with SMTPUTF8.
const replyTo = emailAddress().refine(
  (address) => /^[\x21-\x7E]+@/.test(address),
  "expected an address with ASCII characters before the @",
);

/** The section `notify`. */
export const notifySection = section("Who gets emails, when, and how often.", {
  delay: duration().prefault("10s").describe(
    "How long to wait before sending an email, so that people who are online can accept or decline " +
      "the invitation and get none.",
  ),
  maxAge: duration().refine(
    // Events are delayed, and clocks differ: nearly every invite would be too old.
    (age) => age >= MINUTE,
    "expected at least 1m: no email is sent for invites that are older than this when they arrive",
  ).prefault("24h").describe(
    "No email is sent for invites that are older than this when they arrive: homeservers " +
      "sometimes repeat old events.",
  ),
  catchUp: duration().prefault("7d").describe(
    "The same after a downtime, when the homeserver sends what happened meanwhile: invites that are " +
      "older than maxAge, but not older than this, are not ignored.",
  ),
  repeatAfter: durationOrOff().prefault("24h").describe(
    "For how long after an email about a room the same person gets no other one about it, however " +
      "often they are invited, unless they were in the room in between; at most as long as " +
      "storage.retention keeps the first invitation. off: each invitation causes an email.",
  ),
  content: choice(MAIL_CONTENTS).prefault("full").describe(
    "How much the email reveals about a room. full: everything known. names: the inviter and the " +
      "room's name, but neither its topic nor the reason. minimal: the inviter.",
  ),
  contentFromOutside: choice(OUTSIDE_CONTENTS).prefault("careful").describe(
    "The same for inviters from other servers, who may be anyone; never more than content. full, " +
      "names: as above. careful: the email begins with the inviter's Matrix ID and a warning; the " +
      "names that they chose are only listed below, and neither the topic nor the reason is " +
      "shown. minimal: the Matrix ID.",
  ),
  addresses: choice(["all", "first", "failover"]).prefault("all").describe(
    "Where a person with several addresses gets the email. all: at all of them. first: at the " +
      "first. failover: at the first, and if that refuses it for good, at the next, and so on.",
  ),
  language: languageTag().prefault("en").describe(
    "The language of emails to people whose language is unknown or has no translation.",
  ),
  timeZone: timeZone.prefault("UTC").describe(
    "The time zone of times in emails to people whose time zone is unknown.",
  ),
  templates: path("folder").optional().meta({ examples: ["templates"] }).describe(
    "A folder of templates, each of which replaces the built-in one of the same name.",
  ),
  only: users().meta({ examples: [["@alice:example.org", "@test-*:example.org"]] }).describe(
    "Send emails only to these people, for a trial. * stands for any characters, ? for one. By " +
      "default all people.",
  ),
  except: users().meta({ examples: [["@bot-*:example.org"]] }).describe(
    "Never send emails to these people.",
  ),
  inviters: section("For whose invitations emails are sent.", {
    only: users().meta({ examples: [["@*:example.org"]] }).describe(
      "Only for those of these people. By default all.",
    ),
    except: users().meta({ examples: [["@whatsapp_*:example.org"]] }).describe(
      "Not for those of these people, such as the ghosts of a bridge.",
    ),
  }),
  rooms: section("For which rooms emails are sent.", {
    only: rooms().meta({ examples: [["#team-*:example.org"]] }).describe(
      "Only for rooms with these IDs or aliases; the alias counts if the inviter is a user of this " +
        "homeserver. By default all.",
    ),
    except: rooms().meta({ examples: [["!abc:example.org"]] }).describe(
      "Not for rooms with these IDs or aliases.",
    ),
  }),
  servers: section("For inviters of which servers emails are sent.", {
    only: servers().meta({ examples: [["example.org", "*.example.org"]] }).describe(
      "Only for inviters of these servers. By default all.",
    ),
    except: servers().meta({ examples: [["spam.example"]] }).describe(
      "Not for inviters of these servers.",
    ),
  }),
  kinds: section("For which kinds of rooms emails are sent.", {
    direct: flag().prefault(true).describe("Chats with one other person."),
    space: flag().prefault(true).describe("Spaces."),
    room: flag().prefault(true).describe("All other rooms."),
    bridged: flag().prefault(true).describe(
      "Rooms of any kind that a bridge connects with another network, as far as the invitation " +
        "says so.",
    ),
  }),
  reminder: duration().refine(
    (span) => span >= SECOND,
    "expected at least 1s, or no reminder at all",
  ).optional().meta({ examples: ["3d"] }).describe(
    "How long after an email another one follows, once, if the invitation was not answered. By " +
      "default none does.",
  ),
  digest: digestSection,
  quietHours: quietHoursSection,
  sweep: flag().prefault(true).describe(
    "Whether to look for pending invites in Synapse's database, at the start and every hour, that " +
      "Synapse lost in a crash before it sent them. Needs synapseSql.enabled, or homeserver: database.",
  ),
  homeserver: choice(["off", "api", "database"]).prefault("off").describe(
    "Whether the homeserver is asked whom a person ignores, which invitations they block, and " +
      "whether the account is locked or suspended: there is no email then. api: by the client API, " +
      "with appsvc.endpoint.toHS. database: by Synapse's database, with synapseSql.type and " +
      "synapseSql.connection. off: it is not asked.",
  ),
  activeWithin: durationWithin(SECOND, DAY).optional().meta({ examples: ["5m"] }).describe(
    "People who used a client within this time get no email: the client shows the invitation. One " +
      "that came after they last used it waits first. Needs notify.homeserver. By default nobody " +
      "is spared.",
  ),
  added: flag().prefault(false).describe(
    "Whether people are told that they were added to a room where the homeserver accepts " +
      "invitations for them (Synapse's auto_accept_invites). Who joins by a client, or uses one " +
      "since, gets no email. Needs notify.homeserver; without effect with a legacy template.",
  ),
  redirectTo: emailAddress().optional().meta({ examples: ["admin@example.org"] }).describe(
    "Send all emails to this address instead of the invitee's, for a trial.",
  ),
  replyTo: replyTo.optional().meta({ examples: ["help@example.org"] }).describe(
    "The address for replies to the emails, instead of the sender's.",
  ),
  brand: brandSection,
  link: link.prefault(DEFAULT_LINK).describe(
    "The link that opens the room. {room} stands for the room's ID, {roomOrAlias} for its alias if " +
      "it has one, {via} for servers that are in the room.",
  ),
  secret: filledSecret().optional().meta({ examples: ["{ file: notify_secret }"] }).describe(
    "The secret that links and threads are derived from, instead of the one in the database: at " +
      "least 16 characters, never to be changed.",
  ),
  unsubscribe: section("How people stop emails, besides the link in each one.", {
    mailto: emailAddress().optional().meta({ examples: ["help@example.org"] }).describe(
      "An address that mail clients may send requests to. Somebody has to read them and run the " +
        "command suppressions: leave it out otherwise.",
    ),
  }),
  bounces: bouncesSection,
  lookup: section("How people are looked up in the identity stores.", {
    timeout: lookupTimeout().describe("The timeout of stores that do not have one of their own."),
    keep: duration().prefault("60s").describe(
      "How long a person who was found is cached, so that many invitations at once need one " +
        "lookup. 0: not at all.",
    ),
    incomplete: choice(["wait", "send"]).prefault("wait").describe(
      "What to do when one of several stores fails: wait until all answer, or send to the " +
        "addresses that the others have.",
    ),
  }),
  limits: section("Rate limits, so that nobody can flood a mailbox.", {
    perAddress: limit().prefault("20/day").describe(
      "The most emails that one address gets; further ones wait. off: no limit.",
    ),
    perInviter: limit().prefault("60/hour").describe(
      "The most invitations of one inviter that are worked on, whether they become emails or not; " +
        "further ones wait. off: no limit.",
    ),
    perServer: limit().prefault("500/hour").describe(
      "The most invitations of all users of another server together that are worked on; further " +
        "ones wait. off: no limit.",
    ),
    perRoom: limit().prefault("500/hour").describe(
      "The most invitations to one room that are worked on, whoever invites; further ones wait. " +
        "off: no limit.",
    ),
    overall: limit().prefault("off").describe(
      "The most emails that are sent in all, for a mail server with a quota such as 1000/day; " +
        "further ones wait. off: no limit.",
    ),
    ownShare: share().prefault("50%").describe(
      "How much of perAddress, perRoom and overall is kept for invitations by users of this " +
        "homeserver, so that users of other servers cannot delay them. Others can always get one " +
        "place.",
    ),
  }),
});
