/**
 * Parses the TLS parameters of the JDBC drivers.
 *
 * @module
 */

import { type Trust, trustAttempts } from "../net/trust.ts";

/**
 * `off`: never encrypted. `prefer`: encrypted if the server supports it, with any certificate.
 * `require`: always encrypted, with any certificate. `verify-ca`: with a trusted certificate.
 * `verify-full`: with a trusted certificate for the server's name.
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

/** The mode that a connection's parameters set; `undefined` if its name is unknown. */
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

/** Which certificates are trusted, and whether TLS is required. */
export interface SqlTrust extends Trust {
  /** Whether to continue without TLS if the server does not offer it. */
  readonly optional: boolean;
}

/**
 * The trust attempts of a mode; without TLS, `undefined` is the only one.
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

// A parameter without a value counts as set.
function isOn(value: string | undefined): boolean {
  return value !== undefined && !["false", "0", "no"].includes(value.toLowerCase());
}
