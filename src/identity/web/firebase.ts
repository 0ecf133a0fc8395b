/**
 * Looks people up in Firebase, by Google's Identity Toolkit API.
 *
 * @module
 */

import { z } from "zod";
import { localpartOf, type UserId } from "../../domain/user_id.ts";
import { flag, httpUrl, lookupTimeout, path, text } from "../../settings/kinds.ts";
import { requireKeys } from "../../settings/required_keys.ts";
import { readError, readText } from "../../system/read_file.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "../port.ts";
import { profileFrom } from "../raw_profile.ts";
import { openAccountTokens, parseServiceAccount } from "./firebase_tokens.ts";
import { type FirebaseUser, firebaseUsers, rawProfileOf } from "./firebase_user.ts";
import { fetchJson, type LookupContext, StatusError } from "./json_request.ts";
import { CHECK_NAME, openLookup, type WebDependencies } from "./lookup.ts";

/** The configuration's section `firebase`. */
export const firebaseSection = z.strictObject({
  enabled: flag().default(false).describe("Whether to look people up in Firebase."),
  credentials: path("mxisd").optional().describe(
    "The key file of a service account, in JSON. It is read when the service starts.",
  ),
  database: text().optional().describe("The database's URL, which mxisd required; it is not used."),
  url: httpUrl().prefault("https://identitytoolkit.googleapis.com").describe(
    "The URL of the Identity Toolkit API; for Firebase's emulator " +
      "http://localhost:9099/identitytoolkit.googleapis.com.",
  ),
  onlyVerified: flag().default(false).describe(
    "Whether to use only the account's own address, and only if Firebase has verified it.",
  ),
  timeout: lookupTimeout()
    .describe("How long Firebase may take to answer, such as 10s."),
}).superRefine((section, context) => {
  requireKeys("firebase", section, ["credentials"], context);
});

/** The section `firebase` with its defaults filled in. */
export type FirebaseSection = z.output<typeof firebaseSection>;

const NAME = "firebase";
const SCOPE = "https://www.googleapis.com/auth/identitytoolkit";
const MAX_KEY_BYTES = 1024 * 1024; // a key has 3,000
const MAX_ID_CHARS = 128;

/**
 * Opens the store of the project's users. The key file is read immediately, because files may be
 * inaccessible later; an error in it is reported by each lookup.
 */
export function openFirebaseStore(
  section: FirebaseSection,
  dependencies: WebDependencies,
): IdentityStore {
  const { credentials = "", url, timeout } = section;
  const lookUp = openLookup(NAME, timeout, dependencies);
  const keyText = readKeyFile(credentials);
  let project: ReturnType<typeof openProject> | undefined;

  async function openProject() {
    if (typeof keyText !== "string") throw keyText;
    const account = await parseServiceAccount(keyText, NAME);
    return {
      lookupUrl: `${url}/v1/projects/${account.project}/accounts:lookup`,
      tokens: openAccountTokens(account, SCOPE, dependencies.clock),
    };
  }

  function findById(id: string, options: LookupOptions): Promise<FirebaseUser | undefined> {
    return lookUp(options, async (context) => {
      const { lookupUrl, tokens } = await (project ??= openProject());
      return await tokens.use(context, (authorized) => findUser(lookupUrl, id, authorized));
    });
  }

  return {
    name: NAME,
    deadline: timeout,
    async findProfile(user: UserId, options = {}) {
      const id = localpartOf(user);
      const found = id.length > MAX_ID_CHARS ? undefined : await findById(id, options);
      return found && profileFrom(NAME, user, { ...rawProfileOf(found, section), id: user });
    },
    async check(options = {}) {
      await findById(CHECK_NAME, options);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function readKeyFile(file: string): string | StoreError {
  try {
    return readText(file, { maxBytes: MAX_KEY_BYTES });
  } catch (cause) {
    const reason = `credentials: ${readError(file, cause).message}`;
    return new StoreError(NAME, "misconfigured", reason, { cause });
  }
}

async function findUser(
  url: string,
  id: string,
  context: LookupContext,
): Promise<FirebaseUser | undefined> {
  const body = JSON.stringify({ localId: [id.toWellFormed()] });
  const response = await fetchJson(url, { method: "POST", body }, firebaseUsers, context);
  if (!response.ok) {
    const { status } = response;
    const lacksPermission = "the service account lacks the permission firebaseauth.users.get";
    throw new StatusError(NAME, status, status === 403 ? lacksPermission : undefined);
  }
  const [user, ...others] = response.value.users ?? [];
  if (others.length === 0 && (user === undefined || user.localId === id)) return user;
  throw new StoreError(NAME, "misconfigured", "it answers with other users than requested");
}
