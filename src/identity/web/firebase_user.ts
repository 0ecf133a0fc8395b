/**
 * A user in the Identity Toolkit API (UserInfo).
 *
 * @module
 */

import { z } from "zod";
import { emailsFrom, type RawProfile } from "../raw_profile.ts";

const user = z.object({
  localId: z.string(),
  // An address that is none must not hide the others.
  email: z.unknown().optional(),
  emailVerified: z.boolean().optional(),
  displayName: z.string().optional(),
  disabled: z.boolean().optional(),
  language: z.string().optional(),
  timeZone: z.string().optional(),
  // From Google, GitHub and others that the user logged in with.
  providerUserInfo: z.array(z.object({ email: z.unknown().optional() })).optional(),
});

/** A user; unknown keys are ignored. */
export type FirebaseUser = z.output<typeof user>;

/** The response to a lookup, which lacks `users` if there is no such user. */
export const firebaseUsers = z.object({
  kind: z.string(),
  users: z.array(user).optional(),
});

/** The user's profile; the account's own address comes first. */
export function rawProfileOf(
  { email, emailVerified, displayName, disabled, language, timeZone, providerUserInfo }:
    FirebaseUser,
  { onlyVerified }: { readonly onlyVerified: boolean },
): RawProfile {
  const addresses = onlyVerified
    ? [emailVerified ? email : undefined]
    : [email, ...(providerUserInfo ?? []).map((provider) => provider.email)];
  return {
    threepids: emailsFrom(addresses.filter((address) => address !== undefined)),
    displayName,
    language,
    timeZone,
    state: disabled ? "deactivated" : "active",
  };
}
