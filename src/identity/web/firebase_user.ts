/**
 * A user as the Identity Toolkit API has them (UserInfo).
 *
 * @module
 */

import { z } from "zod";
import type { RawProfile } from "../raw_profile.ts";

const user = z.object({
  localId: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean().optional(),
  displayName: z.string().optional(),
  disabled: z.boolean().optional(),
  language: z.string().optional(),
  timeZone: z.string().optional(),
  // What Google, GitHub and others said of the user when they logged in.
  providerUserInfo: z.array(z.object({ email: z.string().optional() })).optional(),
});

/** A user; what is not needed is ignored. */
export type FirebaseUser = z.output<typeof user>;

/** The answer to a lookup, which has no users when nobody is called so. */
export const firebaseUsers = z.object({
  kind: z.string(),
  users: z.array(user).optional(),
});

/** What is known of the user: the account's own address comes first. */
export function rawProfileOf(
  { email, emailVerified, displayName, disabled, language, timeZone, providerUserInfo }:
    FirebaseUser,
  { onlyVerified }: { readonly onlyVerified: boolean },
): RawProfile {
  const addresses = onlyVerified
    ? [emailVerified ? email : undefined]
    : [email, ...(providerUserInfo ?? []).map((provider) => provider.email)];
  return {
    threepids: addresses.flatMap((address) => address ? { medium: "email", address } : []),
    displayName,
    language,
    timeZone,
    state: disabled ? "deactivated" : "active",
  };
}
