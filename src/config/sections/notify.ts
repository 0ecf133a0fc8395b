/**
 * The section `notify`: whom to tell, when, and how often.
 *
 * @module
 */

import { z } from "zod";
import { MINUTE } from "../../domain/duration.ts";
import { DEFAULT_LINK, type LinkTemplate, parseLinkTemplate } from "../../domain/room_link.ts";
import {
  choice,
  duration,
  emailAddress,
  filledSecret,
  limit,
  parsed,
  text,
} from "../../domain/setting.ts";
import { section } from "./section.ts";

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
  addresses: choice(["all", "first"]).prefault("all").describe(
    "Whether a person with several addresses gets the mail at all of them, or at the first.",
  ),
  timeZone: timeZone.prefault("UTC").describe(
    "The time zone of times in mails, for people whose own is not known.",
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
  link: link.prefault(DEFAULT_LINK).describe(
    "The link that opens the room: {room} stands for the room's ID, {roomOrAlias} for its alias " +
      "if it has one, {via} for the servers that know it.",
  ),
  secret: filledSecret().optional().meta({ examples: ["{ file: notify_secret }"] }).describe(
    "What Message-IDs and links are signed with, instead of the secret kept in the database: at " +
      "least 16 characters, and the same for ever.",
  ),
  lookup: section("How people are looked up in the identity stores.", {
    timeout: duration().refine((time) => time > 0, "must be longer than 0").prefault("10s")
      .describe("How long a store may take that has no timeout of its own."),
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
