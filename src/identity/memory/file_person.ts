/**
 * The form of a person in a file of people.
 *
 * @module
 */

import { z } from "zod";
import { parseLanguageTag } from "../../domain/language.ts";

const language = z.string().refine((tag) => tag === "" || parseLanguageTag(tag) !== undefined);

/** The form of a person in a file. */
export const filePerson = z.strictObject({
  username: z.string().min(1),
  displayName: z.string().optional(),
  // An invalid address is dropped and logged when the person is looked up: it must not make the
  // whole file unusable.
  threepids: z.array(z.strictObject({ medium: z.string(), address: z.unknown().optional() }))
    .default([]),
  roles: z.array(z.string().min(1)).default([]),
  language: language.optional(),
});

/** A person in a file. */
export type FilePerson = z.output<typeof filePerson>;

/** All people of a file, or the first error in it. */
export type ParsedPeople =
  | { readonly kind: "people"; readonly people: readonly FilePerson[] }
  /** The reason names the line or the entry, without its content. */
  | { readonly kind: "invalid"; readonly reason: string };
