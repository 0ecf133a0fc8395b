/**
 * Builds the value of the attribute that identifies a user in a directory.
 *
 * @module
 */

import { isLocal, localpartOf, type UserId } from "../../domain/user_id.ts";
import { accountName } from "../account_name.ts";
import type { LdapDirectory } from "./section.ts";

/**
 * The user's name in the directory; `undefined` if the user cannot be in it, as a localpart of
 * another homeserver is somebody else's.
 */
export function directoryName(
  directory: LdapDirectory,
  user: UserId,
  domain: string,
): string | undefined {
  const template = templateOf(directory);
  if (!/\{(?:domain|mxid)\}/.test(template) && !isLocal(user, domain)) return undefined;
  if (directory.activeDirectory) return principalName(localpartOf(user), directory.defaultDomain);
  return accountName(template, user);
}

/** The user ID that a name in the directory stands for, where the name says it. */
export function idOf(directory: LdapDirectory, name: string, domain: string): string | undefined {
  if (directory.activeDirectory) return undefined;
  const template = templateOf(directory);
  if (template === "{mxid}") return name;
  return template === "{localpart}" ? `@${name}:${domain}` : undefined;
}

function templateOf({ username, attribute }: LdapDirectory): string {
  return username ?? (attribute.uid.type === "uid" ? "{localpart}" : "{mxid}");
}

// As ma1sd wrote userPrincipalName: @bob:example.org is bob in the default domain, and
// @bob/sub.example.org:example.org is bob@sub.example.org.
function principalName(localpart: string, defaultDomain: string | undefined): string | undefined {
  const [name = "", domain = defaultDomain, ...more] = localpart.split("/");
  return name === "" || !domain || more.length > 0 ? undefined : `${name}@${domain}`;
}
