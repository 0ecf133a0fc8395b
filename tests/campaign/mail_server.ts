/**
 * The mail server of a campaign (the package smtp-server). It can be down, and keep the final reply
 * of some recipients' mails back.
 *
 * @module
 */

import type { Socket } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { freePort } from "../process/free_port.ts";
import { DOMAIN } from "./configuration.ts";
import type { ArrivedMail } from "./traffic.ts";

/** What becomes of the mails without a final reply when the server goes on. */
export type AfterHang = "take" | "drop";

/** How the server misbehaves: a temporary refusal at a stage, or it takes mails without a reply. */
export type Misbehaviour = "greeting" | "MAIL" | "RCPT" | "DATA" | "no reply";

const REFUSALS: Readonly<Record<Misbehaviour, number>> = {
  "greeting": 421,
  "MAIL": 451,
  "RCPT": 450,
  "DATA": 452,
  "no reply": 0,
};

type Callback = (error?: Error) => void;

/** Takes every mail. */
export class CampaignMailServer implements AsyncDisposable {
  /** The mails that it took, in order. */
  readonly mails: ArrivedMail[] = [];
  /** The rooms that were announced. */
  readonly rooms = new Set<string>();
  /** The port of 127.0.0.1 that it listens on while it is up. */
  readonly port: number = freePort();
  #server: SMTPServer | undefined;
  readonly #sockets = new Set<Socket>();
  #misbehaviour: Misbehaviour | undefined;
  #hanging: ReadonlySet<string> = new Set();
  #release = Promise.withResolvers<AfterHang>();
  #waiting = 0;

  /** Starts it. */
  static async start(): Promise<CampaignMailServer> {
    const server = new CampaignMailServer();
    await server.up();
    return server;
  }

  /** How many mails it took without a reply. */
  unanswered = 0;

  /** How many mails wait for their final reply. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Starts listening. */
  async up(): Promise<void> {
    const server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      onConnect: (_, callback) => this.#respond("greeting", callback),
      onMailFrom: (_, __, callback) => this.#respond("MAIL", callback),
      onRcptTo: (_, __, callback) => this.#respond("RCPT", callback),
      onData: (stream, session, callback) => {
        this.#receive(stream, session).then(() => this.#respond("DATA", callback), callback);
      },
    });
    server.server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.port, "127.0.0.1", resolve);
    await promise;
    // A client may disconnect at any time.
    server.off("error", reject).on("error", () => {});
    this.#server = server;
  }

  /** Stops listening and cuts all connections, as a machine that loses its power. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#cut();
    server.close(resolve);
    await promise;
  }

  /** Misbehaves, or works as usual again. */
  misbehave(how: Misbehaviour | undefined): void {
    this.#misbehaviour = how;
  }

  /** Keeps the final reply to mails of these recipients back. */
  hang(recipients: ReadonlySet<string>): void {
    this.#hanging = recipients;
  }

  /** Goes on: takes the mails without a final reply, or cuts their connections and forgets them. */
  goOn(what: AfterHang): void {
    this.#hanging = new Set();
    if (what === "drop") this.#cut();
    this.#release.resolve(what);
    this.#release = Promise.withResolvers();
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.goOn("drop");
    await this.down();
  }

  #respond(stage: Misbehaviour, callback: Callback): void {
    if (this.#misbehaviour !== stage) return callback();
    callback(Object.assign(new Error("not now"), { responseCode: REFUSALS[stage] }));
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
    const [recipient] = session.envelope.rcptTo;
    const address = recipient?.address ?? "";
    if (this.#hanging.has(address)) {
      this.#waiting++;
      const what = await this.#release.promise;
      this.#waiting--;
      if (what === "drop") throw new Error("the connection was cut");
    }
    if (this.#misbehaviour === "DATA") return;
    const mail = { ...readMail(text), address, arrivedAt: Date.now() };
    this.mails.push(mail);
    for (const room of mail.rooms) this.rooms.add(room);
    if (this.#misbehaviour !== "no reply") return;
    this.unanswered++;
    for (const socket of this.#sockets) {
      if (socket.remotePort === session.remotePort) socket.destroy();
    }
  }
}

function readMail(text: string): Pick<ArrivedMail, "messageId" | "rooms"> {
  const messageId = /^Message-ID:\s*(<[^>]+>)/im.exec(text)?.[1];
  if (messageId === undefined) throw new Error(`a mail without a Message-ID:\n${text}`);
  // The room's ID stands in the link, percent-encoded; lines may be broken as quoted-printable.
  const links = text.replaceAll("=\r\n", "").matchAll(/(?:!|%21)(room\d+)(?:%3A|:)/gi);
  const rooms = new Set([...links].map(([, room]) => `!${room}:${DOMAIN}`));
  return { messageId, rooms: [...rooms] };
}
