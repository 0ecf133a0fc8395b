/**
 * People written down in the configuration itself: for trying out, and for a handful of them.
 *
 * @module
 */

import { z } from "zod";
import { parseEmailAddress } from "../domain/email_address.ts";
import { choice, filledText, flag, mismatch, parsed, text } from "../domain/setting.ts";
import { isLocal, localpartOf } from "../domain/user_id.ts";
import { refuseAborted } from "./deadline.ts";
import { profileFrom } from "./findings.ts";
import { parseLanguageTag } from "./language.ts";
import type { IdentityStore } from "./port.ts";

const threepid = z.strictObject({
  medium: choice(["email", "msisdn"]).describe("email or msisdn; only email is mailed."),
  address: filledText().describe("The address itself, such as bob@example.org."),
}).superRefine(({ medium, address }, context) => {
  if (medium === "email" && parseEmailAddress(address) === undefined) {
    const message = mismatch("a mail address such as bob@example.org", address);
    context.addIssue({ code: "custom", path: ["address"], message });
  }
});

const identity = z.strictObject({
  username: filledText().describe("The part of the Matrix ID between @ and the colon, exactly."),
  displayName: text().optional().describe("The person's name, as mails show it."),
  threepids: z.array(threepid).default([]).describe("Where the person gets mail."),
  roles: z.array(filledText()).default([]).describe("The person's roles or groups."),
  language: parsed(parseLanguageTag, "a language such as de or pt-BR").optional()
    .describe("The language of this person's mails, such as de or pt-BR."),
});

/** The configuration's section `memory`. */
export const memorySection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in this list."),
  identities: z.array(identity).default([]).describe("The people, one entry each."),
});

/** The section `memory` with its defaults filled in. */
export type MemorySection = z.output<typeof memorySection>;

/**
 * The store of the people in the section. Several entries of one username make one person. It
 * knows nobody outside the domain, the homeserver's name.
 */
export function openMemoryStore(
  section: MemorySection,
  { domain }: { readonly domain: string },
): IdentityStore {
  const name = "memory";
  const people = Map.groupBy(section.identities, (entry) => entry.username);
  return {
    name,
    // deno-lint-ignore require-await -- what is thrown has to become a rejection
    async findProfile(user, options = {}) {
      refuseAborted(name, options.signal);
      const entries = isLocal(user, domain) ? people.get(localpartOf(user)) : undefined;
      if (entries === undefined) return undefined;
      return profileFrom(name, user, {
        id: `@${localpartOf(user)}:${domain}`,
        threepids: entries.flatMap((entry) => entry.threepids),
        displayName: entries.find((entry) => entry.displayName?.trim())?.displayName,
        language: entries.find((entry) => entry.language !== undefined)?.language,
        roles: entries.flatMap((entry) => entry.roles),
      });
    },
    // deno-lint-ignore require-await -- as above
    async check(options = {}) {
      refuseAborted(name, options.signal);
    },
    async [Symbol.asyncDispose]() {},
  };
}
