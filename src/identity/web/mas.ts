/**
 * People who have an account in Matrix Authentication Service, by its admin API.
 *
 * @module
 */

import { z } from "zod";
import type { AccountState } from "../../domain/profile.ts";
import { localpartOf, type UserId } from "../../domain/user_id.ts";
import { filledSecret, filledText, flag, httpUrl } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { accountsOf } from "../account_name.ts";
import type { IdentityStore } from "../port.ts";
import { profileFrom, type RawProfile } from "../raw_profile.ts";
import { timeoutSetting } from "../timeout_setting.ts";
import { openAuthorizedLookup } from "./authorized_lookup.ts";
import { openClientTokens } from "./client_credentials.ts";
import type { Exchange } from "./json_exchange.ts";
import { findEmails, findUser, type MasUser } from "./mas_admin.ts";

/** The configuration's section `mas`. */
export const masSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to ask Matrix Authentication Service."),
  url: httpUrl().optional().describe(
    "The service's URL, which gives out tokens, such as https://account.example.org.",
  ),
  adminUrl: httpUrl().optional().describe(
    "Where its admin API is, if that is at another URL, such as http://localhost:8081.",
  ),
  clientId: filledText().optional().describe(
    "A client that the policy's data lists among the admin_clients.",
  ),
  clientSecret: filledSecret().optional().describe("The client's secret."),
  timeout: timeoutSetting()
    .describe("How long the service may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("mas", section, ["url", "clientId", "clientSecret"], context);
});

/** The section `mas` with its defaults filled in. */
export type MasSection = z.output<typeof masSection>;

/** What the store needs from outside. */
export interface MasDependencies {
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
}

const NAME = "mas";
const SCOPE = "urn:mas:admin";

// Nobody is asked for: it shows that the client may look for users.
const NOBODY = "appservice-mxisd-check";

/** The store of the service's users. Who has never logged in has no account and is unknown here. */
export function openMasStore(
  section: MasSection,
  { fetch, clock }: MasDependencies,
): IdentityStore {
  const { url = "", adminUrl = url, clientId = "", clientSecret, timeout } = section;
  const admin = `${adminUrl}/api/admin/v1`;
  const secret = clientSecret ?? new Secret("");
  const tokenUrl = `${url}/oauth2/token`;
  const tokens = openClientTokens({ tokenUrl, id: clientId, secret, scope: SCOPE }, clock);
  const ask = openAuthorizedLookup({ store: NAME, fetch, clock, deadline: timeout }, tokens);

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user, options = {}) {
      const raw = await ask(options, (exchange) => lookUp(admin, user, exchange));
      return raw && profileFrom(NAME, user, raw);
    },
    async check(options = {}) {
      await ask(options, (exchange) => findUser(admin, NOBODY, exchange));
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function lookUp(
  admin: string,
  user: UserId,
  exchange: Exchange,
): Promise<RawProfile | undefined | "refused"> {
  const name = localpartOf(user);
  const found = await findUser(admin, name, exchange);
  if (typeof found !== "object") return found;
  // The service takes no notice of case.
  const { exact, accounts } = accountsOf([found], nameOf, name, user);
  if (accounts.length === 0) return undefined;
  const emails = await findEmails(admin, found.id, exchange);
  if (typeof emails !== "object") return emails;
  return {
    threepids: emails.map((address) => ({ medium: "email", address })),
    state: stateOf(found),
    account: { exists: true },
    ...(exact ? { id: user } : {}),
  };
}

function nameOf({ attributes }: MasUser): string {
  return attributes.username;
}

function stateOf({ attributes }: MasUser): AccountState {
  if (attributes.deactivated_at) return "deactivated";
  return attributes.locked_at || attributes.legacy_guest ? "locked" : "active";
}
