/**
 * Connection strings for databases, in mxisd's JDBC notation.
 *
 * @module
 */

import { REDACTED, SecretText } from "./secret.ts";

const SECRET_PARAMETER = /pass|pwd|secret|token|key/i;

/**
 * The path of a database file, or `//host:port/database?user=..&password=..`. Converting it to text
 * leaves out its passwords.
 */
export class ConnectionString extends SecretText {
  /** The text with `[redacted]` instead of each password. */
  override toString(): string {
    return redactConnection(this.reveal());
  }
}

/** Whether the text names a server; otherwise it is the path of a file. */
export function namesServer(connection: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:)*\/\//i.test(connection);
}

function redactConnection(text: string): string {
  if (!namesServer(text)) return text;
  // A user and a password before the host, as in URLs. The last @ ends them: the password may
  // contain an unencoded = or ?.
  const login = Math.max(endOf(/\/\/[^?]*@/, text), endOf(/\/\/[^=]*@/, text));
  const start = text.slice(0, text.indexOf("//") + 2);
  const shown = login < 0 ? text : `${start}${REDACTED}@${text.slice(login)}`;
  const question = shown.indexOf("?");
  if (question < 0) return shown;
  const parameters = shown.slice(question + 1).split("&").map(redactParameter);
  return `${shown.slice(0, question)}?${parameters.join("&")}`;
}

function endOf(pattern: RegExp, text: string): number {
  const match = pattern.exec(text);
  return match ? match.index + match[0].length : -1;
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  // Without a name it may be the rest of a password with an unencoded &.
  if (equals < 0) return parameter === "" ? "" : REDACTED;
  const name = parameter.slice(0, equals);
  return SECRET_PARAMETER.test(decoded(name)) ? `${name}=${REDACTED}` : parameter;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return "password"; // redact what cannot be decoded
  }
}
