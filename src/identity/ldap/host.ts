/**
 * Parses the addresses of directory servers.
 *
 * @module
 */

/** A directory server's address. */
export interface LdapHost {
  /** A name or an IP address, the latter without brackets. */
  readonly host: string;
  /** The TCP port, if it differs from the section's. */
  readonly port?: number | undefined;
}

/**
 * Parses a host such as `ldap.example.org`, `ldap.example.org:1389`, `192.0.2.1`, `2001:db8::1` or
 * `[2001:db8::1]:1389`. Returns `undefined` for anything else, such as a URL.
 */
export function parseLdapHost(text: string): LdapHost | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::([0-9]{1,5}))?$/.exec(text);
  if (!match) {
    return /^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(text) ? { host: text } : undefined;
  }
  const [, address, name = "", port] = match;
  const host = address ?? name;
  if (port === undefined) return { host };
  return Number(port) >= 1 && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}
