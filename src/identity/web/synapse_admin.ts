/**
 * Looks people up among the homeserver's accounts, by Synapse's admin API.
 *
 * @module
 */

import { z } from "zod";
import type { UserId } from "../../domain/user_id.ts";
import { filledSecret, flag, httpUrl, lookupTimeout } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { type IdentityStore, StoreError } from "../port.ts";
import { profileFrom, type RawProfile, threepidsFrom } from "../raw_profile.ts";
import { synapseState } from "../synapse_state.ts";
import { fetchJsonOrError, type LookupContext, StatusError } from "./json_request.ts";
import { CHECK_NAME, openLookup, type WebDependencies } from "./lookup.ts";

/** The configuration's section `synapseAdmin`. */
export const synapseAdminSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up with Synapse's admin API."),
  url: httpUrl().optional().describe(
    "The URL of the admin API, such as http://localhost:8008; it need not be reachable from outside.",
  ),
  token: filledSecret().refine(
    (token) => /^[\x21-\x7E]*$/.test(token.reveal()),
    "contains a character that is not allowed in an access token, such as a space or a line break",
  ).optional().describe("The access token of a server administrator."),
  timeout: lookupTimeout()
    .describe("How long Synapse may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("synapseAdmin", section, ["url", "token"], context);
});

/** The section `synapseAdmin` with its defaults filled in. */
export type SynapseAdminSection = z.output<typeof synapseAdminSection>;

/** What the store needs from outside. */
export interface SynapseAdminDependencies extends WebDependencies {
  /** The homeserver's name. */
  readonly domain: string;
}

// Numbers in Synapse versions of some years ago, which lacked some of them.
const flagField = z.union([z.boolean(), z.number()]).nullish();

const account = z.object({
  name: z.string(),
  displayname: z.string().nullish(),
  threepids: z.array(z.unknown()),
  deactivated: flagField,
  locked: flagField,
  suspended: flagField,
  is_guest: flagField,
  appservice_id: z.string().nullish(),
  // Milliseconds.
  last_seen_ts: z.number().nullish(),
});

const matrixError = z.object({ errcode: z.string() });

const NAME = "synapseAdmin";

/** Opens the store of the homeserver's accounts. A person who has never logged in has none. */
export function openSynapseAdminStore(
  section: SynapseAdminSection,
  dependencies: SynapseAdminDependencies,
): IdentityStore {
  const { url = "", token, timeout } = section;
  const headers = new Headers({ authorization: `Bearer ${token?.reveal()}` });
  const lookUp = openLookup(NAME, timeout, dependencies, headers);
  const checkUser = `@${CHECK_NAME}:${dependencies.domain}` as UserId;

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const raw = await lookUp(options, (context) => findAccount(url, user, context));
      return raw && profileFrom(NAME, user, raw);
    },
    async check(options = {}) {
      await lookUp(options, (context) => findAccount(url, checkUser, context));
    },
    async [Symbol.asyncDispose]() {},
  };
}

const ADVICE: ReadonlyMap<number, string> = new Map([
  [400, "it does not know this homeserver's users: check url"],
  [401, "the access token is not accepted"],
  [403, "the access token's user is not a server administrator"],
  [404, "there is no admin API at this URL"],
]);

async function findAccount(
  base: string,
  user: UserId,
  context: LookupContext,
): Promise<RawProfile | undefined> {
  const url = `${base}/_synapse/admin/v2/users/${encodeURIComponent(user.toWellFormed())}`;
  const forms = { value: account, error: matrixError };
  const response = await fetchJsonOrError(url, { method: "GET" }, forms, context);
  if (response.ok) return rawProfileOf(user, response.value);
  const { status, error } = response;
  // Other services, and Synapse without its admin API at this URL, have a 404 of another form.
  if (status === 404 && error?.errcode === "M_NOT_FOUND") return undefined;
  throw new StatusError(NAME, status, ADVICE.get(status));
}

function rawProfileOf(user: UserId, found: z.output<typeof account>): RawProfile {
  if (found.name !== user) {
    throw new StoreError(NAME, "misconfigured", "it answers with another user than requested");
  }
  const lastSeen = found.last_seen_ts ?? 0;
  return {
    id: user,
    threepids: threepidsFrom(found.threepids),
    displayName: found.displayname,
    state: synapseState(found),
    account: { exists: true, lastSeen: lastSeen > 0 ? lastSeen : undefined },
  };
}
