/**
 * Checks whether people have the attribute that they are found by.
 *
 * @module
 */

import { StoreError } from "../port.ts";
import type { LdapConnection } from "./connection.ts";
import { LdapRefusal } from "./error.ts";
import type { LdapFilter } from "./filter.ts";
import { baseDnsOf, type LdapDirectory } from "./section.ts";

// sizeLimitExceeded: there are more entries than were requested.
const MORE = 4;
const TIME_LIMIT_SECONDS = 2;
// The classes of people in OpenLDAP, 389 Directory Server, Active Directory and eDirectory.
const PEOPLE: LdapFilter = {
  kind: "or",
  filters: ["person", "posixAccount", "user"].map((name) => ({
    kind: "equal",
    attribute: "objectClass",
    value: new TextEncoder().encode(name),
  })),
};
// The usual attributes with a person's login name.
const USUAL = ["uid", "sAMAccountName", "cn"];

/**
 * Reports that there are people, but none has the attribute. Otherwise everybody would be "no such
 * user", which is no error of a search.
 *
 * @throws {StoreError} `misconfigured`, if that is so.
 */
export async function checkUidAttribute(
  store: string,
  directory: LdapDirectory,
  connection: LdapConnection,
): Promise<void> {
  const { value } = directory.attribute.uid;
  const bases = baseDnsOf(directory);
  const present = (attribute: string) => anyMatches({ kind: "present", attribute });

  async function anyMatches(filter: LdapFilter): Promise<boolean> {
    for (const baseDn of bases) {
      try {
        const limits = { sizeLimit: 1, timeLimit: TIME_LIMIT_SECONDS };
        const { entries } = await connection.search({
          ...{ baseDn, filter, attributes: ["objectClass"] },
          ...limits,
        });
        if (entries.length > 0) return true;
      } catch (error) {
        if (error instanceof LdapRefusal && error.code === MORE) return true;
        throw error;
      }
    }
    return false;
  }

  try {
    if (await present(value) || !await anyMatches(PEOPLE)) return;
  } catch (error) {
    // Directories may refuse such searches, which says nothing.
    if (error instanceof LdapRefusal) return;
    throw error;
  }
  const others = USUAL.filter((name) => name.toLowerCase() !== value.toLowerCase());
  let usual = others[0];
  for (const name of others) {
    if (!await present(name).catch(() => false)) continue;
    usual = name;
    break;
  }
  const reason = `no entry below ${bases.join("; ")} has the attribute ${value}: ` +
    `set attribute.uid.value to the one with the localpart, such as ${usual}`;
  throw new StoreError(store, "misconfigured", reason);
}
