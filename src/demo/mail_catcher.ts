/**
 * Runs a mail server for the demonstration, which accepts and keeps every mail.
 *
 * @module
 */

import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { smtpServerEnd } from "./smtp_server_end.ts";

/** A mail that was caught. */
export interface CaughtMail {
  /** The envelope's recipient. */
  readonly recipient: string;
  /** The path of its file. */
  readonly file: string;
  /** Its parsed content. */
  readonly email: Email;
}

/** A mail server that keeps every mail as a file. */
export interface MailCatcher extends AsyncDisposable {
  /** Its port on the loopback interface. */
  readonly port: number;
  /** The mails so far, the oldest first. */
  readonly mails: readonly CaughtMail[];
  /** Resolves when there are at least so many mails. */
  waitFor(count: number): Promise<void>;
}

/** Starts a mail server on a free port of the loopback interface; mails become files in the folder. */
export async function startMailCatcher(folder: string): Promise<MailCatcher> {
  const mails: CaughtMail[] = [];
  let arrived = Promise.withResolvers<void>();

  async function keep(bytes: Uint8Array, recipient: string): Promise<void> {
    const file = `${folder}/mail-${mails.length + 1}.eml`;
    const email = await PostalMime.parse(bytes);
    await Deno.writeFile(file, bytes, { mode: 0o600 });
    mails.push({ recipient, file, email });
    arrived.resolve();
    arrived = Promise.withResolvers();
  }

  const server = new SMTPServer({
    // The default is the machine's name, which needs a permission.
    name: "localhost",
    // Milliseconds until connections that are kept for the next mail are cut off.
    closeTimeout: 100,
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, session, done) {
      const recipient = session.envelope.rcptTo[0]?.address ?? "";
      buffer(stream).then((bytes) => keep(bytes, recipient)).then(() => done(), done);
    },
  });
  const end = smtpServerEnd(server);
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;

  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    async waitFor(count) {
      while (mails.length < count) await arrived.promise;
    },
    [Symbol.asyncDispose]: end,
  };
}
