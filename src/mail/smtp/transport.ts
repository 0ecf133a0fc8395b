/**
 * Sends emails to a mail server by SMTP (RFC 5321).
 *
 * @module
 */

import { domainOf } from "../../domain/email_address.ts";
import { trustAttempts, tryTrusts } from "../../net/trust.ts";
import { MINUTE } from "../../settings/duration.ts";
import { Secret } from "../../settings/secret.ts";
import type { Clock } from "../../system/clock.ts";
import { openLog } from "../../system/log_events.ts";
import { type Limits, openAttempts } from "../attempts.ts";
import { composeMail } from "../compose/compose.ts";
import { openDkimSigner } from "../compose/dkim_signer.ts";
import { asciiDomain } from "../compose/envelope.ts";
import type { DialogueLine, MailTransport } from "../port.ts";
import { closedAlready, failureOf, notComposed } from "../receipt.ts";
import { plainReason } from "../reply.ts";
import { type AccessToken, openAccessTokens } from "./access_tokens.ts";
import { SmtpError, smtpError } from "./error.ts";
import type { Login } from "./login.ts";
import { openSmtpPool } from "./pool.ts";
import { receiptFor } from "./receipt.ts";
import type { SmtpSettings } from "./section.ts";
import { openSession, type SmtpSession } from "./session.ts";
import { explainStartTls } from "./starttls_fault.ts";

const log = openLog("mail");

/** The section's settings, and some of other sections. */
export interface SmtpOptions extends SmtpSettings {
  /** Certificates in PEM that are trusted beside the well-known ones. */
  readonly ca?: readonly string[] | undefined;
}

/** Dependencies of the transport. */
export interface SmtpDependencies {
  readonly clock: Clock;
  /** Sends requests to the token endpoint. */
  readonly fetch: typeof fetch;
  /** Receives the dialogue with the server, without credentials and without the message itself. */
  readonly onDialogue?: ((line: DialogueLine) => void) | undefined;
}

// The time limit of an attempt until the message was sent, in timeouts of a step.
const TIMEOUTS_PER_SEND = 10;
// The time limit of the final reply (RFC 5321, section 4.5.3.2.6): servers scan messages before they
// reply, and a client that gives up earlier sends a copy.
const FINAL_REPLY_MS = 10 * MINUTE;

/** Opens the transport. It connects when an email is sent. */
export function openSmtpTransport(
  options: SmtpOptions,
  { clock, fetch, onDialogue }: SmtpDependencies,
): MailTransport {
  const { host, port, tls, timeout } = options;
  const longestAttempt = timeout * TIMEOUTS_PER_SEND;
  const login = passwordLogin(options);
  const tokens = options.oauth2 &&
    openAccessTokens({ settings: options.oauth2, timeout, clock, fetch });
  const pool = openSmtpPool({ size: options.pool, clock });
  const attempts = openAttempts(clock, longestAttempt);
  // An attacker who can present another certificate could as well remove the offer of STARTTLS:
  // without a login, refusing certificates that do not verify would protect nothing.
  const mayBeUnverified = tls === 1 && login === undefined && tokens === undefined;
  const openTrusted = tryTrusts([
    ...trustAttempts(options.ca ?? []),
    ...(mayBeUnverified ? [{ verify: false }] : []),
  ], (error) => error instanceof SmtpError && error.codes.networkCode === "ETLS");
  let warned = false;
  const signer = options.dkim && openDkimSigner(options.dkim);

  async function open(signal: AbortSignal, domain?: string): Promise<SmtpSession> {
    if (tokens === undefined) return await connect(login, signal, domain);
    const token = await tokens.get(signal);
    try {
      return await connect(token, signal, domain);
    } catch (error) {
      if (!(error instanceof SmtpError) || !isRefusedLogin(error)) throw error;
      // It may have been revoked, or the clock of one of the servers may be wrong.
      tokens.drop(token);
      return await connect(await tokens.get(signal), signal, domain);
    }
  }

  function connect(
    credentials: Login | AccessToken | undefined,
    signal: AbortSignal,
    domain: string | undefined,
  ): Promise<SmtpSession> {
    const clientName = options.name ?? ownHostname() ?? domain;
    const target = { host, port, tls, timeout, clientName, clock, onLine: onDialogue };
    const logIn = credentials !== undefined && "expiresAt" in credentials
      ? {
        login: { kind: "token", user: options.login, token: credentials.value } as const,
        expiresAt: credentials.expiresAt,
      }
      : { login: credentials };
    const opening = openTrusted(async (trust) => {
      const session = await openSession({ ...target, ...logIn, trust }, signal);
      if (!trust.verify && !warned) {
        warned = true;
        log.warn("certificate not verified, sending anyway", { host, port });
      }
      return session;
    });
    if (tls === 3) return opening;
    return opening.catch(async (error) => {
      throw await explainStartTls(error, { host, port, ca: options.ca ?? [], clock }, signal);
    });
  }

  function attempt<Result>(
    run: (signal: AbortSignal, restart: Limits["restart"]) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result | SmtpError> {
    return attempts.run(async ({ signal, expired, restart }) => {
      try {
        return await run(signal, restart);
      } catch (error) {
        if (!(error instanceof SmtpError)) throw error;
        const isTimeout = expired.aborted && error.codes.networkCode === "EABORT";
        return isTimeout ? smtpError(error.codes.stage, "ETIMEDOUT") : error;
      }
    }, signal);
  }

  return {
    name: "smtp",
    concurrency: options.pool,
    longestSend: longestAttempt + FINAL_REPLY_MS,
    async send(message, { signal, onHandedOver } = {}) {
      if (attempts.closed) return closedAlready();
      const composed = await composeMail(message, { sevenBit: signer !== undefined });
      if (composed.kind === "refused") return notComposed(composed.reason);
      const bytes = signer ? await signer.sign(composed.bytes) : composed.bytes;
      if (bytes === undefined) return notComposed("the email could not be signed");
      const mail = { ...composed, bytes };
      const domain = asciiDomain(domainOf(mail.from));
      const result = await attempt(
        (signal, restart) =>
          pool.run(
            (ended) => open(ended, domain),
            (session, ended, release) =>
              session.send(mail, ended, () => {
                restart(FINAL_REPLY_MS);
                // Other mails need not wait for this reply, if the caller works on them meanwhile.
                if (onHandedOver?.()) release();
              }),
            signal,
          ),
        signal,
      );
      if (result instanceof SmtpError) return receiptFor(result, options);
      return { kind: "accepted", response: plainReason(result) };
    },
    async check({ signal } = {}) {
      const result = await attempt(async (signal) => {
        const session = await open(signal);
        await session.close();
      }, signal);
      return result instanceof SmtpError ? failureOf(receiptFor(result, options)) : undefined;
    },
    async [Symbol.asyncDispose]() {
      await attempts[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
      await tokens?.[Symbol.asyncDispose]();
    },
  };
}

function passwordLogin({ login: user, password }: SmtpOptions): Login | undefined {
  const isEmpty = user === "" && (password === undefined || password.reveal() === "");
  return isEmpty ? undefined : { kind: "password", user, password: password ?? new Secret("") };
}

function isRefusedLogin({ codes: { stage, replyCode } }: SmtpError): boolean {
  return stage === "auth" && replyCode === 535;
}

// This machine's full name; `undefined` if it has none or reading it is not permitted.
function ownHostname(): string | undefined {
  const permission = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  if (permission.state !== "granted") return undefined;
  const name = Deno.hostname();
  return FULL_HOSTNAME.test(name) ? name : undefined;
}

const FULL_HOSTNAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}$/;
