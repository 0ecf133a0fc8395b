/**
 * A real SMTP server that keeps the mails it receives, on the same port after a restart.
 *
 * @module
 */

import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { smtpServerEnd } from "../../../src/demo/smtp_server_end.ts";
import { freePort } from "../../process/free_port.ts";
import { Journal } from "../../process/journal.ts";

/** A received mail. */
export interface CaughtMail {
  /** The envelope's sender. */
  readonly from: string;
  /** The envelope's recipients. */
  readonly to: readonly string[];
  /** The bytes of the message. */
  readonly raw: Uint8Array;
  /** The message, parsed. */
  readonly message: Email;
  /** When it had been received, in milliseconds UTC. */
  readonly at: number;
}

/** Accepts every mail. */
export class MailCatcher implements AsyncDisposable {
  /** The received mails, the oldest first. */
  readonly mails: Journal<CaughtMail> = new Journal("mails");
  /** The port of 127.0.0.1 that it listens on while it is up. */
  readonly port: number = freePort();
  #end: (() => Promise<void>) | undefined;
  #replies: Promise<void> = Promise.resolve();

  /** Starts it. */
  static async start(): Promise<MailCatcher> {
    const catcher = new MailCatcher();
    await catcher.up();
    return catcher;
  }

  /** The mails to an address, the oldest first. */
  to(address: string): readonly CaughtMail[] {
    return this.mails.items.filter((mail) => mail.to.includes(address));
  }

  /** Waits for the first mail to an address. */
  first(address: string, within?: number): Promise<CaughtMail> {
    return this.mails.find((mail) => mail.to.includes(address), within);
  }

  /** Keeps back the replies to mails that it has received, until the result is disposed of. */
  holdReplies(): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#replies = promise;
    return { [Symbol.dispose]: resolve };
  }

  /** Starts listening. */
  async up(): Promise<void> {
    const server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      closeTimeout: 100,
      onData: (stream, session, callback) => {
        this.#receive(stream, session).then(() => callback(), callback);
      },
    });
    const end = smtpServerEnd(server);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.port, "127.0.0.1", resolve);
    await promise;
    // A client may disconnect at any time.
    server.off("error", reject).on("error", () => {});
    this.#end = end;
  }

  /** Stops listening and closes all connections. */
  async down(): Promise<void> {
    const end = this.#end;
    this.#end = undefined;
    await end?.();
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    this.mails.end(new Error("the mail catcher has ended"));
  }

  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const { mailFrom, rcptTo } = session.envelope;
    this.mails.add({
      from: mailFrom ? mailFrom.address : "",
      to: rcptTo.map(({ address }) => address),
      raw,
      message: await PostalMime.parse(raw),
      at: Date.now(),
    });
    await this.#replies;
  }
}
