/**
 * What a web service or a program tells of a person, as mxisd's REST and exec stores had it.
 *
 * @module
 */

import { z } from "zod";

const threepid = z.object({ medium: z.string(), address: z.string() });

/** The form of an answer; keys that it does not know are ignored. */
export const profileAnswer = z.object({
  profile: z.object({
    display_name: z.string().nullish(),
    threepids: z.array(threepid).nullish(),
    roles: z.array(z.string()).nullish(),
    language: z.string().nullish(),
  }).nullish(),
});

/** What an answer tells of a person; each part may be missing. */
export type ProfileAnswer = NonNullable<z.output<typeof profileAnswer>["profile"]>;
