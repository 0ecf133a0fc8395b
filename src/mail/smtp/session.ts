/**
 * Opens sessions with a mail server: greeting, STARTTLS and login.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { SMTPConnectionCustomAuthHandler } from "nodemailer/lib/smtp-connection";
import { isLoopback } from "../../domain/loopback.ts";
import { onAbort } from "../../net/abort.ts";
import type { PooledConnection } from "../../net/pool.ts";
import { tlsOptions } from "../../net/socket.ts";
import { startTimer } from "../../net/timeout.ts";
import type { ComposedMail } from "../compose/compose.ts";
import type { DialogueLine } from "../port.ts";
import { followDialogue } from "./dialogue.ts";
import { type SmtpError, smtpError, toSmtpError } from "./error.ts";
import { chooseMethod, type Login, type LoginOffer, logInWithToken } from "./login.ts";
import type { TlsMode } from "./section.ts";
import { connectSocket, type SocketTarget } from "./socket.ts";

/** Options of a session. */
export interface SessionOptions extends SocketTarget {
  readonly tls: TlsMode;
  readonly login?: Login | undefined;
  /** When the session is no longer used, by the clock's `monotonic`: when its token expires. */
  readonly expiresAt?: number | undefined;
  /** The client's name in EHLO (RFC 5321, section 4.1.1.1); by default its IP address. */
  readonly clientName?: string | undefined;
  readonly onLine?: ((line: DialogueLine) => void) | undefined;
}

/** A session, which sends one email at a time. */
export interface SmtpSession extends PooledConnection {
  /**
   * Sends an email and returns the server's reply.
   *
   * @param onHandedOver Called when the whole message was sent, and only the final reply is missing.
   * @throws {SmtpError} If the email is not accepted.
   */
  send(mail: ComposedMail, signal: AbortSignal, onHandedOver?: () => void): Promise<string>;
  /** Sends QUIT, and closes the connection if the server does not reply. */
  close(): Promise<void>;
}

// How long the server may take to reply to QUIT.
const MAX_QUIT_MS = 1000;

/**
 * Opens a session.
 *
 * @throws {SmtpError} If the session cannot be opened or the signal is aborted.
 */
export async function openSession(
  options: SessionOptions,
  signal: AbortSignal,
): Promise<SmtpSession> {
  const { default: SMTPConnection } = await import("nodemailer/lib/smtp-connection");
  const { host, port, tls, timeout, clock, login, expiresAt = Infinity } = options;
  const socket = await connectSocket(options, tls === 3, signal);

  let state: "busy" | "ready" | "closing" | "closed" = "busy";
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const closed = Promise.withResolvers<void>();
  const dialogue = followDialogue({
    tlsFirst: tls === 3,
    secrets: login === undefined ? [] : secretsOf(login),
    onLine: options.onLine,
    // While the message itself is sent, only the limit of the whole attempt applies: a client that gives
    // up while the server scans the message sends it twice.
    onReply: (sendsMail) => sendsMail ? stopTimer() : limitStep(timeout),
    onMessageSent: () => handedOver?.(),
  });
  let handedOver: (() => void) | undefined;
  let timer: Disposable | undefined;
  const stopTimer = () => timer?.[Symbol.dispose]();
  function limitStep(milliseconds: number): void {
    stopTimer();
    if (state === "closed") return;
    timer = startTimer(clock, milliseconds, () => fail(smtpError(dialogue.stage(), "ETIMEDOUT")));
  }

  const connection = new SMTPConnection({
    connection: socket,
    host,
    port,
    secure: tls === 3,
    secured: tls === 3,
    ignoreTLS: tls === 0,
    requireTLS: tls === 2,
    name: options.clientName ?? addressLiteral(socket.localAddress),
    tls: tlsOptions(host, options.trust),
    logger: dialogue.logger,
    transactionLog: true,
    customAuth: login?.kind === "token" ? { [TOKEN]: tokenLogin(login, loginOffer) } : {},
    maxResponseSize: 64 * 1024,
    // Timeouts are kept here: a server could extend those of nodemailer by sending single bytes.
    connectionTimeout: NEVER,
    greetingTimeout: NEVER,
    socketTimeout: NEVER,
    socketCloseTimeout: 0,
  });
  connection.on("error", (error) => fail(toSmtpError(error, dialogue)));
  // The pending step may be given the reason right after this event.
  connection.once(
    "end",
    () => queueMicrotask(() => fail(smtpError(dialogue.stage(), "ECONNRESET"))),
  );
  socket.once("close", () => closed.resolve());

  function fail(error: SmtpError): void {
    if (state === "closed") return;
    state = "closed";
    stopTimer();
    broken.reject(error);
    connection.close();
    socket.destroy();
  }

  function loginOffer(): LoginOffer {
    return { methods: dialogue.loginMethods(), secure: connection.secure };
  }

  // Runs one step, which fails if the connection breaks.
  async function step<Result>(
    start: (done: (error?: Error | null, result?: Result) => void) => void,
    signal: AbortSignal,
  ): Promise<Result | undefined> {
    using _listener = onAbort(signal, () => fail(smtpError(dialogue.stage(), "EABORT")));
    const done = Promise.withResolvers<Result | undefined>();
    done.promise.catch(() => {});
    start((error, result) =>
      error ? done.reject(toSmtpError(error, dialogue)) : done.resolve(result)
    );
    return await Promise.race([broken.promise, done.promise]);
  }

  const session: SmtpSession = {
    get isUsable() {
      return state === "ready" && clock.monotonic() < expiresAt;
    },
    async send(mail, signal, onHandedOver) {
      if (mail.utf8 && !dialogue.offers("SMTPUTF8")) throw smtpError("sender", "ESMTPUTF8");
      state = "busy";
      handedOver = onHandedOver;
      limitStep(timeout);
      const { from, to, bytes, eightBit } = mail;
      const envelope = { from, to: [to], size: bytes.length, use8BitMime: eightBit };
      const info = await step<{ readonly response?: string | undefined }>(
        (done) => connection.send(envelope, Buffer.from(bytes), done),
        signal,
      );
      stopTimer();
      if (state === "busy") state = "ready";
      return info?.response ?? "";
    },
    async close() {
      if (state === "busy" || state === "ready") {
        state = "closing";
        connection.quit();
        limitStep(Math.min(MAX_QUIT_MS, timeout));
      }
      await closed.promise;
    },
  };

  try {
    limitStep(timeout);
    await step((done) => connection.connect(done), signal);
    if (login !== undefined) {
      if (!maySendCredentials(login.kind, tls, connection.secure, socket.remoteAddress)) {
        throw smtpError("auth", "EPLAINLOGIN");
      }
      const chosen = chooseMethod(login.kind, loginOffer());
      const method = login.kind === "token" ? TOKEN : chosen;
      const pass = login.kind === "token" ? login.token : login.password.reveal();
      const credentials = { user: login.user, pass };
      await step((done) => connection.login({ method, credentials }, done), signal);
    }
    stopTimer();
    state = "ready";
    return session;
  } catch (error) {
    using _listener = onAbort(signal, () => fail(smtpError("connect", "EABORT")));
    await session.close();
    throw error;
  }
}

/**
 * Whether credentials may be sent over a connection. Unencrypted, a password may be sent only if the
 * administrator allows it (`tls: 0`) or the server is on this machine: when a server does not offer
 * STARTTLS, somebody in between may have removed the offer. A token may not (RFC 6750, section 5.3).
 *
 * @param peer The server's IP address.
 */
export function maySendCredentials(
  kind: Login["kind"],
  tls: TlsMode,
  secure: boolean,
  peer: string | undefined,
): boolean {
  const isAllowed = tls === 0 && kind === "password";
  return secure || isAllowed || (peer !== undefined && isLoopback(peer));
}

function secretsOf(login: Login): readonly string[] {
  const { user } = login;
  if (login.kind === "token") return [login.token, user];
  const password = login.password.reveal();
  return [password, `\0${user}\0${password}`, user];
}

// Nodemailer's own methods do not include OAUTHBEARER, nor a token that is too long for the command.
// It would replace the name XOAUTH2 by that of another method.
const TOKEN = "TOKEN";

function tokenLogin(
  login: Login & { readonly kind: "token" },
  offer: () => LoginOffer,
): SMTPConnectionCustomAuthHandler {
  return ({ sendCommand }) =>
    logInWithToken(chooseMethod("token", offer()), login, async (command) => {
      const { response } = await sendCommand(command);
      return { status: Number(response?.slice(0, 3)) };
    });
}

// The longest delay of a timer.
const NEVER = 2 ** 31 - 1;

// RFC 5321, section 4.1.3.
function addressLiteral(address: string | undefined): string {
  if (address === undefined) return "[127.0.0.1]";
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}
