/**
 * A user as Keycloak's admin REST API has them (UserRepresentation).
 *
 * @module
 */

import { z } from "zod";
import type { RawProfile } from "../raw_profile.ts";

/** The form of a user; what is not needed is ignored. */
export const keycloakUser = z.object({
  // It becomes a segment of a path, percent-encoded; a segment of dots would climb.
  id: z.string().regex(/^(?!\.{1,2}$)./),
  username: z.string(),
  enabled: z.boolean().nullish(),
  email: z.string().nullish(),
  emailVerified: z.boolean().nullish(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  attributes: z.record(z.string(), z.array(z.string())).nullish(),
});

/** A user. */
export type KeycloakUser = z.output<typeof keycloakUser>;

/** What is wanted of the addresses. */
export interface KeycloakAddresses {
  /** Only what Keycloak has verified. */
  readonly onlyVerified: boolean;
  /** Attributes with more addresses; administrators fill them in. */
  readonly mailAttributes: readonly string[];
}

/** What is known of the user, but for the roles. */
export function rawProfileOf(
  user: KeycloakUser,
  { onlyVerified, mailAttributes }: KeycloakAddresses,
): RawProfile {
  const attributes = user.attributes ?? {};
  const own = user.email && (user.emailVerified || !onlyVerified) ? [user.email] : [];
  const more = mailAttributes.flatMap((name) =>
    Object.hasOwn(attributes, name) ? attributes[name] ?? [] : []
  );
  return {
    threepids: [...own, ...more].map((address) => ({ medium: "email", address })),
    displayName: [user.firstName, user.lastName].filter((name) => name?.trim()).join(" "),
    language: attributes.locale?.[0],
    timeZone: attributes.zoneinfo?.[0],
    state: user.enabled === false ? "deactivated" : "active",
  };
}
