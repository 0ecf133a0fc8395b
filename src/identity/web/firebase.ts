/**
 * People who have an account in Firebase, by Google's Identity Toolkit API.
 *
 * @module
 */

import { z } from "zod";
import { localpartOf, type UserId } from "../../domain/user_id.ts";
import { flag, httpUrl, path, text } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import type { Clock } from "../../system/clock.ts";
import { readError, readText as readTextFile } from "../../system/read_file.ts";
import { withDeadline } from "../deadline.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { timeoutSetting } from "../timeout_setting.ts";
import { type FirebaseUser, firebaseUsers, rawProfileOf } from "./firebase_user.ts";
import { askForJson, type Exchange, refusal } from "./json_exchange.ts";
import { openAccountTokens, readServiceAccount } from "./service_account.ts";

/** The configuration's section `firebase`. */
export const firebaseSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to ask Firebase."),
  credentials: path("mxisd").optional().describe(
    "The file of a service account's key, in JSON. It is read when the service starts.",
  ),
  database: text().optional().describe("Firebase's database, as mxisd wanted it; it is not used."),
  url: httpUrl().prefault("https://identitytoolkit.googleapis.com").describe(
    "Where the Identity Toolkit API is; for Firebase's emulator " +
      "http://localhost:9099/identitytoolkit.googleapis.com.",
  ),
  onlyVerified: flag().default(false).describe(
    "Whether to mail only the address of the account, and only when Firebase has verified it.",
  ),
  timeout: timeoutSetting()
    .describe("How long Firebase may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("firebase", section, ["credentials"], context);
});

/** The section `firebase` with its defaults filled in. */
export type FirebaseSection = z.output<typeof firebaseSection>;

/** What the store needs from outside. */
export interface FirebaseDependencies {
  /** How to ask; it decides which certificates are trusted. */
  readonly fetch: typeof fetch;
  /** The time. */
  readonly clock: Clock;
}

const NAME = "firebase";
const SCOPE = "https://www.googleapis.com/auth/identitytoolkit";
const MAX_KEY_BYTES = 1024 * 1024; // a key has 3,000
const LONGEST_ID = 128; // characters
// Nobody is asked for: it shows that the account may look for users.
const NOBODY = "appservice-mxisd-check";

/** The store of the project's users. The key's file is read at once, as files may not be read later. */
export function openFirebaseStore(
  section: FirebaseSection,
  { fetch, clock }: FirebaseDependencies,
): IdentityStore {
  const { credentials = "", url, timeout } = section;
  const keyText = readText(credentials);
  let opened: Promise<Opened> | undefined;

  async function open() {
    if (typeof keyText !== "string") throw keyText;
    const account = await readServiceAccount(keyText, NAME);
    return { account, tokens: openAccountTokens(account, SCOPE, clock) };
  }

  type Opened = Awaited<ReturnType<typeof open>>;

  function ask(id: string, { signal, onQuery }: LookupOptions): Promise<FirebaseUser | undefined> {
    return withDeadline(NAME, { clock, deadline: timeout, signal }, async (ended) => {
      const { account, tokens } = await (opened ??= open());
      const exchange = { store: NAME, fetch, headers: new Headers(), signal: ended, onQuery };
      const lookup = `${url}/v1/projects/${account.project}/accounts:lookup`;
      return await tokens.use(exchange, (authorized) => findUser(lookup, id, authorized));
    });
  }

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user: UserId, options = {}) {
      const id = localpartOf(user);
      const found = id.length > LONGEST_ID ? undefined : await ask(id, options);
      return found && profileFrom(NAME, user, { ...rawProfileOf(found, section), id: user });
    },
    async check(options = {}) {
      await ask(NOBODY, options);
    },
    async [Symbol.asyncDispose]() {},
  };
}

// What is wrong with it is told whenever somebody is looked up.
function readText(file: string): string | StoreError {
  try {
    return readTextFile(file, { maxBytes: MAX_KEY_BYTES });
  } catch (cause) {
    const reason = `credentials: ${readError(file, cause).message}`;
    return new StoreError(NAME, "misconfigured", reason, { cause });
  }
}

async function findUser(
  url: string,
  id: string,
  exchange: Exchange,
): Promise<FirebaseUser | undefined | "refused"> {
  const body = JSON.stringify({ localId: [id.toWellFormed()] });
  const result = await askForJson(url, { method: "POST", body }, firebaseUsers, exchange);
  if (!("answer" in result)) {
    if (result.status === 401) return "refused";
    if (result.status !== 403) throw refusal(result.status, NAME);
    const reason = "the service account lacks the permission firebaseauth.users.get (status 403)";
    throw new StoreError(NAME, "misconfigured", reason);
  }
  const [user, ...others] = result.answer.users ?? [];
  if (others.length === 0 && (user === undefined || user.localId === id)) return user;
  throw new StoreError(NAME, "misconfigured", "it answers with other users than it was asked for");
}
