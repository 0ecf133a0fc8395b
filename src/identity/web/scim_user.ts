/**
 * A user in SCIM's core schema (RFC 7643, section 4.1).
 *
 * @module
 */

import { z } from "zod";
import { preferredLanguages } from "../../domain/language.ts";
import { emailsFrom, type RawProfile } from "../raw_profile.ts";

// Some services send booleans as text.
const truth = z.union([
  z.boolean(),
  z.string().regex(/^(?:true|false)$/i).transform((text) => text.toLowerCase() === "true"),
]);

// An address that is none must not hide the others.
const email = z.object({ value: z.unknown().optional(), primary: truth.nullish() });

// A role is text in some services; in others its name is in one of two keys.
const named = z.union([
  z.string(),
  z.object({ value: z.string().nullish(), display: z.string().nullish() }),
]);

const user = z.object({
  userName: z.string(),
  displayName: z.string().nullish(),
  name: z.object({
    formatted: z.string().nullish(),
    givenName: z.string().nullish(),
    familyName: z.string().nullish(),
  }).nullish(),
  emails: z.array(email.or(z.unknown().transform((value) => ({ value, primary: false }))))
    .nullish(),
  active: truth.nullish(),
  roles: z.array(named).nullish(),
  groups: z.array(named).nullish(),
  preferredLanguage: z.string().nullish(),
  locale: z.string().nullish(),
  timezone: z.string().nullish(),
});

/** A user; attributes that were not requested are ignored. */
export type ScimUser = z.output<typeof user>;

/** The response to a search (RFC 7644, section 3.4.2); without a match it may lack `Resources`. */
export const scimUsers = z.object({
  totalResults: z.number(),
  Resources: z.array(user).nullish(),
});

/** The user's profile; the primary address comes first. */
export function rawProfileOf(user: ScimUser): RawProfile {
  const emails = [...user.emails ?? []]
    .sort((a, b) => Number(b.primary ?? false) - Number(a.primary ?? false));
  const { formatted, givenName, familyName } = user.name ?? {};
  const fullName = [givenName, familyName].filter(Boolean).join(" ");
  const roles = [...user.roles ?? [], ...user.groups ?? []];
  return {
    threepids: emailsFrom(emails.map(({ value }) => value)),
    displayName: [user.displayName, formatted, fullName].find((name) => name?.trim()),
    language: preferredLanguages(user.preferredLanguage)[0] ?? user.locale,
    timeZone: user.timezone,
    roles: roles.flatMap((role) => {
      return (typeof role === "string" ? role : role.display || role.value) || [];
    }),
    state: user.active === false ? "deactivated" : "active",
  };
}
