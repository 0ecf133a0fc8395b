/**
 * The JSON document in which web services and programs describe a person, as mxisd's REST and exec
 * stores defined it.
 *
 * @module
 */

import { z } from "zod";
import { type RawProfile, threepidsFrom } from "./raw_profile.ts";

/** The form of a document; unknown keys are ignored. */
export const profileDocument = z.object({
  profile: z.object({
    display_name: z.string().nullish(),
    // An address that is none must not hide the others.
    threepids: z.array(z.unknown()).nullish(),
    roles: z.array(z.string()).nullish(),
    language: z.string().nullish(),
  }).nullish(),
});

/** What a document says about a person; each part may be missing. */
export type ProfileDocument = NonNullable<z.output<typeof profileDocument>["profile"]>;

/** A part of a profile that has a query, and thus a document, of its own. */
export type ProfilePart = "displayName" | "threepids" | "roles";

/**
 * The profile of a person whose parts stand in several documents, `undefined` if there are none.
 * Each part counts only in its own document, the language in the first one that has it.
 */
export function rawProfileOf(
  documents: ReadonlyMap<ProfilePart, ProfileDocument>,
): RawProfile | undefined {
  if (documents.size === 0) return undefined;
  return {
    displayName: documents.get("displayName")?.display_name,
    threepids: threepidsFrom(documents.get("threepids")?.threepids ?? []),
    roles: documents.get("roles")?.roles ?? [],
    language: [...documents.values()].find((document) => document.language)?.language,
  };
}
