/**
 * The section `notify`: whom to tell, when, and how often.
 *
 * @module
 */

import { z } from "zod";
import { MAIL_CONTENTS } from "../../domain/mail_content.ts";
import { DEFAULT_LINK, type LinkTemplate, parseLinkTemplate } from "../../domain/room_link.ts";
import { MINUTE } from "../../settings/duration.ts";
import {
  choice,
  duration,
  emailAddress,
  filledSecret,
  languageTag,
  limit,
  lookupTimeout,
  parsed,
  path,
  text,
} from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";
import { brandSection } from "./notify_brand.ts";

const invitees = () =>
  z.array(parsed(
    (pattern) => /^[@*?]/.test(pattern) ? pattern : undefined,
    "Matrix IDs with * and ?, such as '@*:example.org'",
  )).prefault([]);

const link = text().transform((value, context): LinkTemplate => {
  const result = parseLinkTemplate(value);
  if (result.kind === "link") return result.template;
  context.addIssue({ code: "custom", message: result.why });
  return z.NEVER;
});

const timeZone = parsed((name) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}, "a time zone such as Europe/Berlin");

// In ASCII before the @: else each mail would want a server that offers SMTPUTF8.
const replyTo = emailAddress().refine(
  (address) => /^[\x21-\x7E]+@/.test(address),
  "expected an address with ASCII characters before the @",
);

/** The section `notify`. */
export const notifySection = section("Whom to tell, when, and how often.", {
  delay: duration().prefault("10s").describe(
    "How long an invitation waits for an answer before it is mailed. Whoever is online answers " +
      "meanwhile, and gets no mail.",
  ),
  maxAge: duration().refine(
    // Events take their time, and clocks differ: nearly every invite would be too old.
    (age) => age >= MINUTE,
    "expected at least 1m: whatever is older than this when it arrives is not mailed",
  ).prefault("24h").describe(
    "Invitations that are older than this when they arrive are not mailed: homeservers repeat " +
      "their history at times.",
  ),
  content: choice(MAIL_CONTENTS).prefault("full").describe(
    "How much of a room the mail may tell. full: all that is known. names: who invites, and what " +
      "the room is called, but neither its topic nor the reason. minimal: who invites.",
  ),
  addresses: choice(["all", "first"]).prefault("all").describe(
    "Whether a person with several addresses gets the mail at all of them, or at the first.",
  ),
  language: languageTag().prefault("en").describe(
    "The language of mails to people whose own is not known, or who have one without words.",
  ),
  timeZone: timeZone.prefault("UTC").describe(
    "The time zone of times in mails, for people whose own is not known.",
  ),
  templates: path("folder").optional().meta({ examples: ["templates"] }).describe(
    "A folder of templates that go before the built-in ones, file by file.",
  ),
  only: invitees().meta({ examples: [["@alice:example.org", "@test-*:example.org"]] }).describe(
    "Mail these people only, for a trial. * stands for any characters, ? for one. Empty: all.",
  ),
  except: invitees().meta({ examples: [["@bot-*:example.org"]] }).describe(
    "Never mail these people.",
  ),
  redirectTo: emailAddress().optional().meta({ examples: ["admin@example.org"] }).describe(
    "Send every mail to this address instead of the invited person's, for a trial.",
  ),
  replyTo: replyTo.optional().meta({ examples: ["help@example.org"] }).describe(
    "Where answers to the mails go, instead of the address that the mails come from.",
  ),
  brand: brandSection,
  link: link.prefault(DEFAULT_LINK).describe(
    "The link that opens the room: {room} stands for the room's ID, {roomOrAlias} for its alias " +
      "if it has one, {via} for the servers that know it.",
  ),
  secret: filledSecret().optional().meta({ examples: ["{ file: notify_secret }"] }).describe(
    "What links and threads are derived from, instead of the secret kept in the database: at " +
      "least 16 characters, and the same for ever.",
  ),
  unsubscribe: section("How people get no more mails, besides the link in each one.", {
    mailto: emailAddress().optional().meta({ examples: ["help@example.org"] }).describe(
      "An address that mail clients may write to, too. Somebody has to read there, and run " +
        "suppressions; leave it out if nobody does.",
    ),
  }),
  lookup: section("How people are looked up in the identity stores.", {
    timeout: lookupTimeout().describe("How long a store may take that has no timeout of its own."),
    keep: duration().prefault("60s").describe(
      "How long a person who was found is remembered, so that many invitations at once ask once. " +
        "0: not at all.",
    ),
    incomplete: choice(["wait", "send"]).prefault("wait").describe(
      "What to do when one of several stores does not answer: wait until all do, or send to the " +
        "addresses that the others know.",
    ),
  }),
  limits: section("Against being used to fill somebody's mailbox.", {
    perAddress: limit().prefault("20/day").describe(
      "How many mails one address gets at most; what is over it waits. Or off.",
    ),
    perInviter: limit().prefault("60/hour").describe(
      "How many invitations of one inviter are mailed at most; what is over it waits. Or off.",
    ),
  }),
});
