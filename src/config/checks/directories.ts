/**
 * Checks the connections to directories.
 *
 * @module
 */

import { isLoopback } from "../../domain/loopback.ts";
import { parseLdapHost } from "../../identity/ldap/host.ts";
import { directoriesOf, type LdapDirectory } from "../../identity/ldap/section.ts";
import { DIRECTORY_SECTIONS, type Settings } from "../sections/settings.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/** Checks the connections of the enabled directories. */
export function checkDirectories(settings: Partial<Settings>, report: Report): void {
  for (const name of DIRECTORY_SECTIONS) {
    const section = settings[name];
    if (!section?.enabled) continue;
    for (const { directory, index } of directoriesOf(section)) {
      const path = index === undefined ? [name] : [name, "directories", index];
      checkConnection(directory.connection, [...path, "connection"], report);
      checkName(directory, path, report);
    }
  }
}

function checkConnection(
  { host, port, tls, bindPassword }: LdapDirectory["connection"],
  path: Path,
  report: Report,
): void {
  const targets = host.flatMap((text) => parseLdapHost(text) ?? []);
  const isElsewhere = targets.some((target) => !isLoopback(target.host));
  if (tls === false && (bindPassword?.reveal() ?? "") !== "" && isElsewhere) {
    const message = "the password is sent unencrypted: write starttls or true";
    report.add("warning", [...path, "tls"], message);
  }
  const ports = new Set(targets.map((target) => target.port ?? port));
  if (tls === true && ports.has(389)) {
    const message = "port 389 does not use TLS from the start: write starttls, or port: 636";
    report.add("warning", [...path, "tls"], message);
  }
  if (tls !== true && ports.has(636)) {
    report.add("warning", [...path, "tls"], "port 636 uses TLS from the start: write true");
  }
}

// The default attribute holds a name without a domain.
function checkName(
  { activeDirectory, username, attribute }: LdapDirectory,
  path: Path,
  report: Report,
): void {
  const hasDomain = activeDirectory || username?.includes("@");
  if (!hasDomain || attribute.uid.value.toLowerCase() !== "samaccountname") return;
  const message = "sAMAccountName never contains a domain, so that nobody is found: write " +
    "userPrincipalName";
  report.add("warning", [...path, "attribute", "uid", "value"], message);
}
