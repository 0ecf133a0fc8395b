/**
 * The name by which a service knows the person of a Matrix ID.
 *
 * @module
 */

import { foldAscii, localpartOf, serverOf, type UserId } from "../domain/user_id.ts";
import { parsed } from "../settings/kinds.ts";

const TOKEN = /\{(localpart|domain|mxid)\}/g;

/** A setting that makes an account's name of a Matrix ID. */
export function accountNameTemplate() {
  return parsed(
    (template) => /\{(?:localpart|mxid)\}/.test(template) ? template : undefined,
    "a name with {localpart} or {mxid} in it, such as {localpart}@example.org",
  );
}

/** The account's name of a user. */
export function accountName(template: string, user: UserId): string {
  const values = { localpart: localpartOf(user), domain: serverOf(user), mxid: user };
  return template.replace(TOKEN, (_, part: keyof typeof values) => values[part]);
}

/**
 * Those accounts that are the user's, in a service that may ignore case: of the same name exactly, or
 * else, when the localpart has no upper case, in another case. To a homeserver @BOB and @bob are two
 * people, and what the service calls Bob is @bob.
 */
export function accountsOf<Account>(
  accounts: readonly Account[],
  nameOf: (account: Account) => string,
  name: string,
  user: UserId,
): { readonly exact: boolean; readonly accounts: readonly Account[] } {
  const same = accounts.filter((account) => nameOf(account) === name);
  if (same.length > 0 || /[A-Z]/.test(localpartOf(user))) return { exact: true, accounts: same };
  const folded = foldAscii(name);
  return {
    exact: false,
    accounts: accounts.filter((account) => foldAscii(nameOf(account)) === folded),
  };
}
