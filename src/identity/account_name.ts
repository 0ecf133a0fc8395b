/**
 * Builds the name that a user's account has in a store.
 *
 * @module
 */

import { decodedLocalpart } from "../domain/decoded_localpart.ts";
import { localpartOf, serverOf, type UserId } from "../domain/user_id.ts";
import { parsed } from "../settings/kinds.ts";
import { foreignPlaceholder } from "../text/foreign_placeholder.ts";

const PLACEHOLDER = /\{(localpart|localpart:decoded|domain|mxid)\}/g;

/** What a template may contain, for descriptions. */
export const NAME_PLACEHOLDERS = "{localpart}, {localpart:decoded}, {domain} and {mxid}";

/** A setting: the template of an account's name. */
export function accountNameTemplate() {
  return parsed(
    (template) => {
      const rest = template.replaceAll(PLACEHOLDER, "");
      const namesUser = /\{(?:localpart(?::decoded)?|mxid)\}/.test(template);
      return namesUser && foreignPlaceholder(rest) === undefined ? template : undefined;
    },
    "a name with {localpart}, {localpart:decoded} or {mxid} in it, such as {localpart}@example.org",
  );
}

/** The name of a user's account. */
export function accountName(template: string, user: UserId): string {
  const localpart = localpartOf(user);
  const values = {
    localpart,
    "localpart:decoded": decodedLocalpart(localpart),
    domain: serverOf(user),
    mxid: user,
  };
  return template.replace(PLACEHOLDER, (_, part: keyof typeof values) => values[part]);
}
