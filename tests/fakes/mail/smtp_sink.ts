/**
 * A real mail server (the package smtp-server) that keeps all mails.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { smtpServerEnd } from "../../../src/demo/smtp_server_end.ts";

/** How the server behaves. */
export interface SinkOptions {
  /** A certificate and its key in PEM: STARTTLS is offered. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** TLS from the start instead. */
  readonly implicit?: boolean;
  /** The only valid login, which is then required. */
  readonly login?: { readonly user: string; readonly password: string };
  /** The offered mechanisms. */
  readonly authMethods?: string[];
}

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The name in EHLO. */
  readonly clientName: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** The user of the login. */
  readonly user: string | undefined;
  /** The mail as a byte string. */
  readonly raw: string;
  /** The parsed mail. */
  readonly email: Email;
  /** When it was accepted, in milliseconds UTC. */
  readonly at: number;
}

/** A running server. */
export interface SmtpSink extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** How many connections there were. */
  readonly connections: number;
}

/** Starts a server on a free port of 127.0.0.1. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    name: "sink.example",
    secure: options.implicit ?? false,
    ...options.tls,
    disabledCommands: [
      ...(options.tls && !options.implicit ? [] : ["STARTTLS"]),
      ...(options.login ? [] : ["AUTH"]),
    ],
    authOptional: !options.login,
    ...(options.authMethods ? { authMethods: options.authMethods } : {}),
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 1000,
    logger: false,
    onConnect(_session, callback) {
      connections++;
      callback();
    },
    onAuth({ username, password }, _session, callback) {
      const { user, password: right } = options.login ?? {};
      if (username === user && password === right) callback(null, { user: username ?? "" });
      else callback(new Error(`Wrong password ${password}`));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        const bytes = new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          clientName: String(session.hostNameAppearsAs),
          secure: session.secure,
          user: typeof session.user === "string" ? session.user : undefined,
          raw: chunks.map((chunk) => chunk.toString("latin1")).join(""),
          email: await PostalMime.parse(bytes),
          at: Date.now(),
        });
        callback();
      });
    },
  });
  server.on("error", () => {});
  const end = smtpServerEnd(server);
  const listening = Promise.withResolvers<void>();
  server.server.once("listening", listening.resolve);
  server.listen(0, "127.0.0.1");
  await listening.promise;
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    get connections() {
      return connections;
    },
    [Symbol.asyncDispose]: end,
  };
}
