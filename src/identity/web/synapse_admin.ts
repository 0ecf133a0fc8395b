/**
 * The people who have an account, by Synapse's admin API.
 *
 * @module
 */

import { z } from "zod";
import type { UserId } from "../../domain/user_id.ts";
import { filledSecret, flag, httpUrl } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import type { Clock } from "../../system/clock.ts";
import { withDeadline } from "../deadline.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import { profileFrom, type RawProfile } from "../raw_profile.ts";
import { stateOf } from "../sql/synapse_queries.ts";
import { timeoutSetting } from "../timeout_setting.ts";
import { askForJsonOrRefusal, type Exchange, refusal } from "./json_exchange.ts";

/** The configuration's section `synapseAdmin`. */
export const synapseAdminSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to ask Synapse's admin API."),
  url: httpUrl().optional().describe(
    "Where the admin API is, such as http://localhost:8008; it need not be reachable from outside.",
  ),
  token: filledSecret().refine(
    (token) => /^[\x21-\x7E]*$/.test(token.reveal()),
    "has characters that no access token has, such as a blank or a line break",
  ).optional().describe("The access token of a server administrator."),
  timeout: timeoutSetting()
    .describe("How long Synapse may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("synapseAdmin", section, ["url", "token"], context);
});

/** The section `synapseAdmin` with its defaults filled in. */
export type SynapseAdminSection = z.output<typeof synapseAdminSection>;

/** What the store needs from outside. */
export interface SynapseAdminDependencies {
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
  /** The homeserver's name. */
  readonly domain: string;
}

// Numbers in the Synapse of some years ago, which did not have all of them.
const truth = z.union([z.boolean(), z.number()]).nullish();

const account = z.object({
  name: z.string(),
  displayname: z.string().nullish(),
  threepids: z.array(z.object({ medium: z.string(), address: z.string() })),
  deactivated: truth,
  locked: truth,
  suspended: truth,
  is_guest: truth,
  appservice_id: z.string().nullish(),
  // Milliseconds.
  last_seen_ts: z.number().nullish(),
});

const matrixError = z.object({ errcode: z.string() });

const NAME = "synapseAdmin";

/** The store of the accounts. Who has never logged in has none and is no such user here. */
export function openSynapseAdminStore(
  section: SynapseAdminSection,
  { fetch, clock, domain }: SynapseAdminDependencies,
): IdentityStore {
  const { url = "", token, timeout } = section;
  const headers = new Headers({ authorization: `Bearer ${token?.reveal()}` });
  // Nobody is asked for: it shows that the token is an administrator's.
  const nobody = `@appservice-mxisd-check:${domain}` as UserId;

  function ask(user: UserId, { signal, onQuery }: LookupOptions): Promise<RawProfile | undefined> {
    return withDeadline(NAME, { clock, deadline: timeout, signal }, (ended) => {
      return findAccount(url, user, { store: NAME, fetch, headers, signal: ended, onQuery });
    });
  }

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const raw = await ask(user, options);
      return raw && profileFrom(NAME, user, raw);
    },
    async check(options = {}) {
      await ask(nobody, options);
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function findAccount(
  base: string,
  user: UserId,
  exchange: Exchange,
): Promise<RawProfile | undefined> {
  const url = `${base}/_synapse/admin/v2/users/${encodeURIComponent(user.toWellFormed())}`;
  const forms = { answer: account, refusal: matrixError };
  const result = await askForJsonOrRefusal(url, { method: "GET" }, forms, exchange);
  if ("answer" in result) return rawProfileOf(user, result.answer);
  // Other services, and Synapse without its admin API at this URL, have a 404 of their own.
  if (result.status === 404 && result.refusal?.errcode === "M_NOT_FOUND") return undefined;
  const advice = ADVICE.get(result.status);
  if (advice === undefined) throw refusal(result.status, NAME);
  throw new StoreError(NAME, "misconfigured", `${advice} (status ${result.status})`);
}

const ADVICE: ReadonlyMap<number, string> = new Map([
  [400, "it does not know this homeserver's users: is url right?"],
  [401, "the access token is not accepted"],
  [403, "the access token's user is no server administrator"],
  [404, "there is no admin API at this URL"],
]);

function rawProfileOf(user: UserId, found: z.output<typeof account>): RawProfile {
  if (found.name !== user) {
    throw new StoreError(
      NAME,
      "misconfigured",
      "it answers with another user than it was asked for",
    );
  }
  const lastSeen = found.last_seen_ts ?? 0;
  return {
    id: user,
    threepids: found.threepids,
    displayName: found.displayname,
    state: stateOf({
      deactivated: Boolean(found.deactivated),
      locked: Boolean(found.locked),
      suspended: Boolean(found.suspended),
      is_guest: Boolean(found.is_guest),
      appservice_id: found.appservice_id,
    }),
    account: { exists: true, ...(lastSeen > 0 ? { lastSeen } : {}) },
  };
}
