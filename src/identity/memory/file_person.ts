/**
 * A person as a file of people has them.
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
  // An address that cannot be used is left out when the person is looked up, and told then: one of
  // them is no reason to know nobody any more.
  threepids: z.array(z.strictObject({ medium: z.string(), address: z.string() })).default([]),
  roles: z.array(z.string().min(1)).default([]),
  language: language.optional(),
});

/** A person as a file has them. */
export type FilePerson = z.output<typeof filePerson>;

/** What a file's text comes to. */
export type ParsedPeople =
  | { readonly kind: "people"; readonly people: readonly FilePerson[] }
  /** `why` tells the line or the entry, and nothing of its content. */
  | { readonly kind: "broken"; readonly why: string };
