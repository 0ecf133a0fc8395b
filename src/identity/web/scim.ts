/**
 * Looks people up in a service with SCIM 2.0 (RFC 7643, RFC 7644).
 *
 * @module
 */

import { z } from "zod";
import { flag, httpUrl, lookupTimeout } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { accountName, accountNameTemplate, NAME_PLACEHOLDERS } from "../account_name.ts";
import { type IdentityStore, StoreError } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { accountOf } from "./account_name.ts";
import { credentialHeaders, credentialKeys, refuseTwoCredentials } from "./credentials.ts";
import { fetchJson, type LookupContext, StatusError } from "./json_request.ts";
import { CHECK_NAME, openLookup, type WebDependencies } from "./lookup.ts";
import { rawProfileOf, type ScimUser, scimUsers } from "./scim_user.ts";

/** The configuration's section `scim`. */
export const scimSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in this service."),
  url: httpUrl().optional().describe(
    "The service's base URL, to which /Users is appended, such as https://idp.example.org/scim/v2.",
  ),
  userName: accountNameTemplate().prefault("{localpart}").describe(
    `The userName of a person in the service, built from ${NAME_PLACEHOLDERS}.`,
  ),
  timeout: lookupTimeout()
    .describe("How long the service may take to answer, such as 10s."),
  ...credentialKeys,
}).superRefine((section, context) => {
  refuseTwoCredentials(section, context);
  requireKeys("scim", section, ["url"], context);
});

/** The section `scim` with its defaults filled in. */
export type ScimSection = z.output<typeof scimSection>;

const NAME = "scim";

// Only what is needed: personal data that is not sent need not be protected.
const ATTRIBUTES = [
  ...["userName", "displayName", "name", "emails", "active", "roles", "groups"],
  ...["preferredLanguage", "locale", "timezone"],
];

/** Opens the store of the service's users. */
export function openScimStore(section: ScimSection, dependencies: WebDependencies): IdentityStore {
  const { timeout, userName, url = "" } = section;
  const lookUp = openLookup(NAME, timeout, dependencies, credentialHeaders(section));

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const name = accountName(userName, user);
      const accounts = await lookUp(options, (context) => findUsers(url, name, context));
      const nameOf = (account: ScimUser) => account.userName;
      const found = accountOf({ accounts, nameOf }, name, user, NAME);
      return found && profileFrom(NAME, user, { ...rawProfileOf(found.account), id: found.id });
    },
    async check(options = {}) {
      await lookUp(options, (context) => findUsers(url, CHECK_NAME, context));
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function findUsers(
  base: string,
  name: string,
  context: LookupContext,
): Promise<readonly ScimUser[]> {
  const query = new URLSearchParams({
    // A JSON string (RFC 7644, section 3.4.2.2).
    filter: `userName eq ${JSON.stringify(name.toWellFormed())}`,
    attributes: ATTRIBUTES.join(","),
  });
  const request = {
    method: "GET",
    headers: { accept: "application/scim+json, application/json" },
  } as const;
  const response = await fetchJson(`${base}/Users?${query}`, request, scimUsers, context);
  if (!response.ok) throw new StatusError(NAME, response.status);
  const users = response.value.Resources ?? [];
  // Some services ignore a filter that they do not support, and return all users.
  const folded = name.toLowerCase();
  if (users.every((user) => user.userName.toLowerCase() === folded)) return users;
  const reason = "it answers with other people than requested: check that it supports filters";
  throw new StoreError(NAME, "misconfigured", reason);
}
