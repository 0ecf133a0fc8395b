/**
 * A user in Keycloak's admin REST API (UserRepresentation).
 *
 * @module
 */

import { z } from "zod";
import { emailsFrom, type RawProfile } from "../raw_profile.ts";

/** The form of a user; unknown keys are ignored. */
export const keycloakUser = z.object({
  // It becomes a path segment, percent-encoded; a dot segment would lead out of the path.
  id: z.string().regex(/^(?!\.{1,2}$)./),
  username: z.string(),
  enabled: z.boolean().nullish(),
  // An address that is none must not hide the others.
  email: z.unknown().optional(),
  emailVerified: z.boolean().nullish(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  attributes: z.record(z.string(), z.array(z.unknown())).nullish(),
});

/** A user. */
export type KeycloakUser = z.output<typeof keycloakUser>;

/** Which addresses of a user count. */
export interface KeycloakAddresses {
  /** Whether the user's own address must be verified. */
  readonly onlyVerified: boolean;
  /** Attributes with more addresses, which administrators maintain. */
  readonly mailAttributes: readonly string[];
}

/** The user's profile, without the roles. */
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
    threepids: emailsFrom([...own, ...more]),
    displayName: [user.firstName, user.lastName].filter((name) => name?.trim()).join(" "),
    language: textOf(attributes.locale?.[0]),
    timeZone: textOf(attributes.zoneinfo?.[0]),
    state: user.enabled === false ? "deactivated" : "active",
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
