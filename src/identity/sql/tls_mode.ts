/**
 * Whether a database connection is encrypted, in the words of the JDBC drivers.
 *
 * @module
 */

import { type Trust, trustAttempts } from "../../net/trust.ts";

/**
 * `off`: never encrypted. `prefer`: encrypted if the server can, by any certificate. `require`: always
 * encrypted, by any certificate. `verify-ca`: by a certificate that is trusted. `verify-full`: which
 * also bears the server's name.
 */
export type TlsMode = "off" | "prefer" | "require" | "verify-ca" | "verify-full";

// PostgreSQL's names, those of MySQL's Connector/J (in capitals), and those of MariaDB's.
const MODES: Readonly<Record<string, TlsMode>> = {
  disable: "off",
  disabled: "off",
  allow: "prefer",
  prefer: "prefer",
  preferred: "prefer",
  require: "require",
  required: "require",
  trust: "require",
  "verify-ca": "verify-ca",
  "verify-full": "verify-full",
  "verify-identity": "verify-full",
};

/** The mode that a connection's parameters ask for, `undefined` when it has no such name. */
export function tlsModeOf(parameters: ReadonlyMap<string, string>): TlsMode | undefined {
  const mode = parameters.get("sslmode");
  if (mode) return MODES[mode.toLowerCase().replaceAll("_", "-")];
  const use = parameters.get("usessl") ?? parameters.get("ssl");
  if (use === undefined) return isOn(parameters.get("requiressl")) ? "require" : "prefer";
  if (!isOn(use)) return "off";
  const unverified = isOn(parameters.get("trustservercertificate")) ||
    parameters.get("verifyservercertificate")?.toLowerCase() === "false" ||
    parameters.get("sslfactory")?.endsWith(".NonValidatingFactory");
  if (unverified) return "require";
  return isOn(parameters.get("disablesslhostnameverification")) ? "verify-ca" : "verify-full";
}

/** Which certificates are trusted, and whether TLS is needed at all. */
export interface SqlTrust extends Trust {
  /** Whether to go on without TLS if the server has none. */
  readonly optional: boolean;
}

/**
 * The attempts to connect, of which one has to work; without TLS, `undefined` is the only one.
 *
 * @param ca Certificates in PEM that are trusted beside the well-known ones.
 */
export function sqlTrustAttempts(
  mode: TlsMode,
  ca: readonly string[],
): readonly (SqlTrust | undefined)[] {
  if (mode === "off") return [undefined];
  if (mode === "prefer" || mode === "require") {
    return [{ verify: false, optional: mode === "prefer" }];
  }
  const anyHost = mode === "verify-ca";
  return trustAttempts(ca).map((trust) => ({ ...trust, anyHost, optional: false }));
}

// A parameter without a value is one that is set.
function isOn(value: string | undefined): boolean {
  return value !== undefined && !["false", "0", "no"].includes(value.toLowerCase());
}
