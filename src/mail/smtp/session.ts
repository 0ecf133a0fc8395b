/**
 * One connection to a mail server: greeted, secured, logged in, ready for mails.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isLoopback } from "../../domain/loopback.ts";
import { onAbort } from "../../net/abort.ts";
import type { PooledConnection } from "../../net/pool.ts";
import { tlsOptions } from "../../net/socket.ts";
import { startTimer } from "../../net/timeout.ts";
import type { Secret } from "../../settings/secret.ts";
import type { ComposedMail } from "../compose/compose.ts";
import type { DialogueLine } from "../port.ts";
import { listenTo } from "./dialogue.ts";
import { type SmtpError, smtpError, toSmtpError } from "./error.ts";
import type { TlsMode } from "./section.ts";
import { connectSocket, type SocketTarget } from "./socket.ts";

/** What a session is opened with. */
export interface SessionOptions extends SocketTarget {
  /** How TLS is used. */
  readonly tls: TlsMode;
  /** Whom to log in as, where there is a login. */
  readonly login?: { readonly user: string; readonly password: Secret } | undefined;
  /** What we call ourselves (RFC 5321, section 4.1.1.1); by default our address. */
  readonly clientName?: string | undefined;
  /** Hears the dialogue. */
  readonly onLine?: ((line: DialogueLine) => void) | undefined;
}

/** One connection. It serves one mail at a time. */
export interface SmtpSession extends PooledConnection {
  /**
   * Sends a mail and returns the server's reply. The session takes no other after a failure.
   *
   * @throws {SmtpError} When the server does not take it.
   */
  send(mail: ComposedMail, signal: AbortSignal): Promise<string>;
  /** Says QUIT, and cuts the connection when the server does not answer. */
  close(): Promise<void>;
}

// How long the server may take to say goodbye, in milliseconds.
const GOODBYE = 1000;

/**
 * Opens a session.
 *
 * @throws {SmtpError} When it comes to nothing, or is stopped.
 */
export async function openSession(
  options: SessionOptions,
  signal: AbortSignal,
): Promise<SmtpSession> {
  const { default: SMTPConnection } = await import("nodemailer/lib/smtp-connection");
  const { host, port, tls, timeout, clock, login } = options;
  const socket = await connectSocket(options, tls === 3, signal);

  let state: "busy" | "ready" | "leaving" | "closed" = "busy";
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const closed = Promise.withResolvers<void>();
  const secrets = login === undefined ? [] : [
    login.password.reveal(),
    `\0${login.user}\0${login.password.reveal()}`,
    login.user,
  ];
  const dialogue = listenTo({
    tlsFirst: tls === 3,
    secrets,
    onLine: options.onLine,
    // While the mail itself is under way only the limit of the whole attempt counts: who gives up
    // too early on a server that scans it sends it twice.
    onReply: (sendsMail) => sendsMail ? stopTimer() : limitStep(timeout),
  });
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
    maxResponseSize: 64 * 1024,
    // Time is kept here, so that a server cannot stretch it by a byte now and then.
    connectionTimeout: NEVER,
    greetingTimeout: NEVER,
    socketTimeout: NEVER,
    socketCloseTimeout: 0,
  });
  connection.on("error", (error) => fail(toSmtpError(error, dialogue)));
  // What ended the connection may be told to whoever waits for a reply right after this.
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

  // Runs one step; what breaks the connection meanwhile ends the step as well.
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
      return state === "ready";
    },
    async send(mail, signal) {
      if (mail.utf8 && !dialogue.offers("SMTPUTF8")) throw smtpError("sender", "ESMTPUTF8");
      state = "busy";
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
        state = "leaving";
        connection.quit();
        limitStep(Math.min(GOODBYE, timeout));
      }
      await closed.promise;
    },
  };

  try {
    limitStep(timeout);
    await step((done) => connection.connect(done), signal);
    if (login !== undefined) {
      const { user, password } = login;
      if (!maySendCredentials(tls, connection.secure, socket.remoteAddress)) {
        throw smtpError("auth", "EPLAINLOGIN");
      }
      if (!connection.allowsAuth) throw smtpError("auth", "ENOAUTH");
      const credentials = { user, pass: password.reveal() };
      await step((done) => connection.login({ credentials }, done), signal);
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
 * Whether user and password may be sent over a connection. In the clear they may be only where the
 * administrator says so (`tls: 0`) or nobody can listen: a server that offers no STARTTLS can as
 * well be somebody in between who took the offer out.
 *
 * @param peer The server's IP address.
 */
export function maySendCredentials(
  tls: TlsMode,
  secure: boolean,
  peer: string | undefined,
): boolean {
  return secure || tls === 0 || (peer !== undefined && isLoopback(peer));
}

// As long as a timer can run.
const NEVER = 2 ** 31 - 1;

// An address in place of a name (RFC 5321, section 4.1.3).
function addressLiteral(address: string | undefined): string {
  if (address === undefined) return "[127.0.0.1]";
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}
