/**
 * Parses the address of a database server in JDBC's format.
 *
 * @module
 */

import type { Endpoint } from "../net/endpoint.ts";
import { Secret } from "../settings/secret.ts";
import { type TlsMode, tlsModeOf } from "./tls_mode.ts";

/** A kind of database that runs as a server. */
export type ServerType = "postgresql" | "mariadb" | "mysql";

/** The address of a database, and the login. */
export interface ServerAddress {
  /** The servers; the first one that can be reached is used. */
  readonly endpoints: readonly Endpoint[];
  /** The database's name, empty for none. */
  readonly database: string;
  readonly user: string;
  /** The password, empty for none. */
  readonly password: Secret;
  readonly tls: TlsMode;
  /** PostgreSQL's search path, if it is not the default. */
  readonly schema?: string | undefined;
  /** The parameters that name certificate files, which are ignored. */
  readonly unusedCertificates: readonly string[];
}

/** A parsed connection string, or what is wrong with it, without secrets. */
export type ReadAddress =
  | { readonly kind: "address"; readonly address: ServerAddress }
  | { readonly kind: "wrong"; readonly problem: string };

const PORTS: Readonly<Record<ServerType, number>> = {
  postgresql: 5432,
  mariadb: 3306,
  mysql: 3306,
};
const FORM = "expected //host:port/database?user=...&password=...";
const CERTIFICATES =
  /^(?:ssl(?:root)?cert|sslkey|sslpassword|serversslcert|(?:trust|client)certificatekeystore.*|(?:trust|key)store.*)$/;

/**
 * Parses `//host[:port][,host2...]/database?user=..&password=..&..`.
 *
 * @param login The login, unless the connection string has one.
 */
export function readServerAddress(
  connection: string,
  type: ServerType,
  login: { readonly user?: string | undefined; readonly password?: Secret | undefined } = {},
): ReadAddress {
  const wrong = (problem: string): ReadAddress => ({ kind: "wrong", problem });
  const form = /^(?:[a-z][a-z0-9+.-]*:)*\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is.exec(connection);
  if (!form) return wrong(FORM);
  const [, authority = "", path = "", query = ""] = form;
  const at = authority.lastIndexOf("@");
  const hosts = authority.slice(at + 1).split(",");
  const endpoints = hosts.flatMap((text) => endpointOf(text, PORTS[type]) ?? []);
  if (endpoints.length < hosts.length) {
    return wrong(`the server's name or port is invalid; IPv6 addresses need []: ${FORM}`);
  }
  const parameters = readParameters(query, type);
  const [name = "", password = ""] = loginOf(authority.slice(0, Math.max(at, 0)));
  const user = (parameters.get("user") ?? name) || (login.user ?? "");
  if (user === "") return wrong(`has no user: ${FORM}`);
  const ownPassword = parameters.get("password") ?? password;
  const tls = tlsModeOf(parameters);
  if (tls === undefined) {
    return wrong(`sslmode is unknown: expected disable, prefer, require, verify-ca or verify-full`);
  }
  const schema = parameters.get("currentschema");
  return {
    kind: "address",
    address: {
      endpoints,
      database: decode(path, type) || (type === "postgresql" ? user : ""),
      user,
      password: ownPassword === "" && login.password ? login.password : new Secret(ownPassword),
      tls,
      schema: schema || undefined,
      unusedCertificates: [...parameters.keys()].filter((key) => CERTIFICATES.test(key)),
    },
  };
}

function endpointOf(text: string, defaultPort: number): Endpoint | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:[\]()=]*)(?::([0-9]{1,5}))?$/i.exec(text);
  if (!match) return undefined;
  const [, host = "", port] = match;
  const number = port === undefined ? defaultPort : Number(port);
  if (number < 1 || number > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, "") || "localhost", port: number };
}

function loginOf(text: string): string[] {
  const colon = text.indexOf(":");
  const parts = colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
  return parts.map((part) => decode(part.replaceAll("+", "%2B"), "mysql"));
}

// As in JDBC, the first of several parameters of the same name wins.
function readParameters(query: string, type: ServerType): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const parameter of query.split("&")) {
    const equals = parameter.indexOf("=");
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    const key = decode(name, type).toLowerCase();
    if (key === "" || parameters.has(key)) continue;
    parameters.set(key, equals < 0 ? "" : decode(parameter.slice(equals + 1), type));
  }
  return parameters;
}

// The JDBC drivers of PostgreSQL and MySQL decode a + to a space, as in forms. MariaDB's does not, and
// a % without two hexadecimal digits stands for itself.
function decode(text: string, type: ServerType): string {
  try {
    return decodeURIComponent(type === "mariadb" ? text : text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
