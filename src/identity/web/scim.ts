/**
 * People whom a service knows that speaks SCIM 2.0 (RFC 7643, RFC 7644).
 *
 * @module
 */

import { z } from "zod";
import { flag, httpUrl } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import type { Clock } from "../../system/clock.ts";
import { accountName, accountNameTemplate, accountsOf } from "../account_name.ts";
import { withDeadline } from "../deadline.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { timeoutSetting } from "../timeout_setting.ts";
import { credentialHeaders, credentialKeys, refuseTwoCredentials } from "./credentials.ts";
import { askForJson, type Exchange, refusal } from "./json_exchange.ts";
import { rawProfileOf, type ScimUser, scimUsers } from "./scim_user.ts";

/** The configuration's section `scim`. */
export const scimSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to ask this service."),
  url: httpUrl().optional().describe(
    "The service's base URL, to which /Users is appended, such as https://idp.example.org/scim/v2.",
  ),
  userName: accountNameTemplate().prefault("{localpart}").describe(
    "What the service calls a person (userName), made of {localpart}, {domain} and {mxid}.",
  ),
  timeout: timeoutSetting()
    .describe("How long the service may take to answer, such as 10s."),
  ...credentialKeys,
}).superRefine((section, context) => {
  refuseTwoCredentials(section, context);
  requireKeys("scim", section, ["url"], context);
});

/** The section `scim` with its defaults filled in. */
export type ScimSection = z.output<typeof scimSection>;

/** What a SCIM store needs from outside. */
export interface ScimDependencies {
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
}

const NAME = "scim";

// What is needed and no more: the less is sent, the less is to be kept safe.
const ATTRIBUTES = [
  ...["userName", "displayName", "name", "emails", "active", "roles", "groups"],
  ...["preferredLanguage", "locale", "timezone"],
];

// Nobody is asked for: it shows that the service lets us in and understands the question.
const NOBODY = "appservice-mxisd-check";

/** The store behind the service. */
export function openScimStore(section: ScimSection, dependencies: ScimDependencies): IdentityStore {
  const { clock, fetch } = dependencies;
  const { timeout, userName, url = "" } = section;
  const headers = credentialHeaders(section);

  function search(name: string, { signal, onQuery }: LookupOptions): Promise<readonly ScimUser[]> {
    return withDeadline(NAME, { clock, deadline: timeout, signal }, (ended) => {
      return findUsers(url, name, { store: NAME, fetch, headers, signal: ended, onQuery });
    });
  }

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const name = accountName(userName, user);
      const found = await search(name, options);
      const { exact, accounts } = accountsOf(found, (account) => account.userName, name, user);
      const [account, ...others] = accounts;
      if (others.length > 0) {
        const reason = `it has ${accounts.length} users of one name`;
        throw new StoreError(NAME, "misconfigured", reason);
      }
      if (account === undefined) return undefined;
      return profileFrom(NAME, user, { ...rawProfileOf(account), ...(exact ? { id: user } : {}) });
    },
    async check(options = {}) {
      await search(NOBODY, options);
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function findUsers(
  base: string,
  name: string,
  exchange: Exchange,
): Promise<readonly ScimUser[]> {
  const query = new URLSearchParams({
    // A JSON string (RFC 7644, section 3.4.2.2).
    filter: `userName eq ${JSON.stringify(name.toWellFormed())}`,
    attributes: ATTRIBUTES.join(","),
  });
  const question = {
    method: "GET",
    headers: { accept: "application/scim+json, application/json" },
  } as const;
  const result = await askForJson(`${base}/Users?${query}`, question, scimUsers, exchange);
  if (!("answer" in result)) throw refusal(result.status, NAME);
  const users = result.answer.Resources ?? [];
  // Some services take no notice of a filter that they do not know, and name everybody.
  const folded = name.toLowerCase();
  if (users.every((user) => user.userName.toLowerCase() === folded)) return users;
  const reason = "it answers with other people than it was asked for: does it know filters?";
  throw new StoreError(NAME, "misconfigured", reason);
}
