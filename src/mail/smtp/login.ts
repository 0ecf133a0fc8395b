/**
 * Logs in to a mail server (RFC 4954): with a password, or with an access token by OAUTHBEARER (RFC
 * 7628) or XOAUTH2.
 *
 * @module
 */

import type { Secret } from "../../settings/secret.ts";
import { plainText } from "../../text/plain_text.ts";
import { type SmtpError, smtpError } from "./error.ts";
import { smtpKey } from "./remedy.ts";

/** What to log in with. */
export type Login =
  | { readonly kind: "password"; readonly user: string; readonly password: Secret }
  | { readonly kind: "token"; readonly user: string; readonly token: string };

/** A login method (SASL mechanism) of this service. */
export type LoginMethod = typeof METHODS[Login["kind"]][number];

// In the order of preference.
const METHODS = {
  password: ["PLAIN", "LOGIN", "CRAM-MD5"],
  token: ["OAUTHBEARER", "XOAUTH2"],
} as const;

/** What a mail server offers. */
export interface LoginOffer {
  /** The methods in its reply to EHLO, in upper case; `undefined` if it does not offer a login. */
  readonly methods: readonly string[] | undefined;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
}

/**
 * Chooses a method that the server offers.
 *
 * @throws {SmtpError} If it offers none that fits: no other one is tried, as the password would be
 * sent in vain.
 */
export function chooseMethod(kind: Login["kind"], { methods, secure }: LoginOffer): LoginMethod {
  if (methods === undefined) throw smtpError("auth", "ENOAUTH", "", noLoginRemedy(secure));
  const method = METHODS[kind].find((method) => methods.includes(method));
  if (method !== undefined) return method;
  throw notOffered(kind, methods, secure);
}

function notOffered(kind: Login["kind"], methods: readonly string[], secure: boolean): SmtpError {
  const offered = methods.length === 0 ? "none" : plainText(methods.join(", "), 100);
  const what = kind === "password" ? "a password" : "an access token";
  const detail = `it offers ${offered}, and ${what} needs ${METHODS[kind].join(" or ")}`;
  return smtpError("auth", "EAUTHMETHOD", detail, remedyFor(kind, methods, secure));
}

function remedyFor(kind: Login["kind"], methods: readonly string[], secure: boolean): string {
  const other = kind === "password" ? "token" : "password";
  if (METHODS[other].some((method) => methods.includes(method))) {
    return other === "token"
      ? `write ${smtpKey("oauth2")} instead of password`
      : `write ${smtpKey("password")} instead of oauth2`;
  }
  const elsewhere = "have the mail server offer one of them, or send without a login";
  return secure ? elsewhere : `${STARTTLS_FIRST}; otherwise ${elsewhere}`;
}

const STARTTLS_FIRST = `write 2 in ${
  smtpKey("tls")
}, as many servers offer passwords only after STARTTLS`;

function noLoginRemedy(secure: boolean): string {
  const without = `remove ${smtpKey("login")} and what belongs to it, or check the port`;
  return secure ? without : `${STARTTLS_FIRST}; otherwise ${without}`;
}

/** A reply to a step of the login. */
interface StepReply {
  readonly status: number;
}

// Longer commands are not allowed, with the line end (RFC 5321, section 4.5.3.1.4).
const MAX_COMMAND_CHARS = 510;

/**
 * Logs in with an access token.
 *
 * @param send Sends a command and returns the reply.
 * @throws {Error} If the server refuses the token.
 */
export async function logInWithToken(
  method: string,
  { user, token }: Login & { readonly kind: "token" },
  send: (command: string) => Promise<StepReply>,
): Promise<void> {
  const response = method === "XOAUTH2"
    ? `user=${user}\x01auth=Bearer ${token}\x01\x01`
    : `n,a=${saslName(user)},\x01auth=Bearer ${token}\x01\x01`;
  const encoded = new TextEncoder().encode(response).toBase64();
  const command = `AUTH ${method} ${encoded}`;
  let reply: StepReply;
  if (command.length <= MAX_COMMAND_CHARS) reply = await send(command);
  else {
    reply = await send(`AUTH ${method}`);
    if (reply.status === 334) reply = await send(encoded);
  }
  // The server says in a challenge why it refuses the token; the reply follows.
  if (reply.status === 334) reply = await send(method === "XOAUTH2" ? "" : CONTINUE);
  if (reply.status < 200 || reply.status > 299) throw new Error("the token is refused");
}

// The byte 1 in base64 (RFC 7628, section 3.2.3).
const CONTINUE = "AQ==";

// RFC 5801, section 4.
function saslName(user: string): string {
  return user.replaceAll("=", "=3D").replaceAll(",", "=2C");
}
