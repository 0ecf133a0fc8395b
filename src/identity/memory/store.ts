/**
 * Looks people up in the configuration itself, or in a file beside it.
 *
 * @module
 */

import { z } from "zod";
import { parseEmailAddress } from "../../domain/email_address.ts";
import { isLocal, localpartOf } from "../../domain/user_id.ts";
import {
  choice,
  filledText,
  flag,
  languageTag,
  mismatch,
  path,
  text,
} from "../../settings/kinds.ts";
import type { Clock } from "../../system/clock.ts";
import { throwIfAborted } from "../deadline.ts";
import type { IdentityStore } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { openPeopleFile } from "./people_file.ts";

const threepid = z.strictObject({
  medium: choice(["email", "msisdn"]).describe("email or msisdn; msisdn is ignored."),
  address: filledText().describe("The address itself, such as bob@example.org."),
}).superRefine(({ medium, address }, context) => {
  if (medium === "email" && parseEmailAddress(address) === undefined) {
    const message = mismatch("an email address such as bob@example.org", address);
    context.addIssue({ code: "custom", path: ["address"], message });
  }
});

const identity = z.strictObject({
  username: filledText().describe("The part of the Matrix ID between @ and the colon, exactly."),
  displayName: text().optional().describe("The person's name, as emails show it."),
  threepids: z.array(threepid).default([]).describe("The person's addresses."),
  roles: z.array(filledText()).default([]).describe("The person's roles or groups."),
  language: languageTag().optional()
    .describe("The language of this person's emails, such as de or pt-BR."),
});

/** The configuration's section `memory`. */
export const memorySection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in this list."),
  identities: z.array(identity).default([]).describe("The people, one entry each."),
  file: path("folder").optional().describe(
    "A file with more people, in CSV if its name ends in .csv, otherwise in YAML. It is read again " +
      "when it changes.",
  ),
});

/** The section `memory` with its defaults filled in. */
export type MemorySection = z.output<typeof memorySection>;

/** What a memory store needs from outside. */
export interface MemoryDependencies {
  /** The homeserver's name: users of other homeservers are unknown. */
  readonly domain: string;
  readonly clock: Clock;
}

/**
 * Opens the store of the people in the section and in its file, in this order. Several entries with
 * one username are joined.
 */
export function openMemoryStore(
  section: MemorySection,
  { domain, clock }: MemoryDependencies,
): IdentityStore {
  const name = "memory";
  const people = Map.groupBy(section.identities, (entry) => entry.username);
  const { file } = section;
  const readFile = file === undefined ? undefined : openPeopleFile(file, name, () => clock.now());
  return {
    name,
    async findProfile(user, { signal } = {}) {
      throwIfAborted(name, signal);
      if (!isLocal(user, domain)) return undefined;
      const username = localpartOf(user);
      const inFile = await readFile?.();
      const entries = [...people.get(username) ?? [], ...inFile?.get(username) ?? []];
      if (entries.length === 0) return undefined;
      return profileFrom(name, user, {
        id: `@${username}:${domain}`,
        threepids: entries.flatMap((entry) => entry.threepids),
        displayName: entries.find((entry) => entry.displayName?.trim())?.displayName,
        language: entries.find((entry) => entry.language)?.language,
        roles: entries.flatMap((entry) => entry.roles),
      });
    },
    async check({ signal } = {}) {
      throwIfAborted(name, signal);
      await readFile?.();
    },
    async [Symbol.asyncDispose]() {},
  };
}
