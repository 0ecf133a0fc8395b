/**
 * Finds a user's account by the name that it has in a service.
 *
 * @module
 */

import { foldAscii, localpartOf, type UserId } from "../../domain/user_id.ts";
import { StoreError } from "../port.ts";

/** The accounts that a service found for a name. */
export interface FoundAccounts<Account> {
  readonly accounts: readonly Account[];
  readonly nameOf: (account: Account) => string;
}

/**
 * Picks the user's account among those of a service that may ignore case: the one of exactly this
 * name, otherwise, unless the localpart has upper case, the one whose name differs in case only. To
 * a homeserver @BOB and @bob are two people; an account Bob belongs to @bob.
 *
 * @returns The account, and the user's ID if the name is exactly the same.
 * @throws {StoreError} `misconfigured` if there are several.
 */
export function accountOf<Account>(
  { accounts, nameOf }: FoundAccounts<Account>,
  name: string,
  user: UserId,
  store: string,
): { readonly account: Account; readonly id: UserId | undefined } | undefined {
  const same = accounts.filter((account) => nameOf(account) === name);
  const exact = same.length > 0 || /[A-Z]/.test(localpartOf(user));
  const folded = foldAscii(name);
  const matching = exact ? same : accounts.filter((each) => foldAscii(nameOf(each)) === folded);
  const [account] = matching;
  if (matching.length > 1) {
    throw new StoreError(store, "misconfigured", `it has ${matching.length} users of one name`);
  }
  return account && { account, id: exact ? user : undefined };
}
