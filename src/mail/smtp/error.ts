/**
 * What can go wrong in a dialogue with a mail server.
 *
 * @module
 */

import { systemCode, tlsReason } from "../../net/socket_error.ts";
import type { Stage } from "../port.ts";
import { type Codes, parseReply, TRANSIENT_CODES } from "../reply.ts";
import type { Dialogue } from "./dialogue.ts";

/** A dialogue that came to nothing. It never leaves the transport: a receipt is made of it. */
export class SmtpError extends Error {
  /** The name of this kind of error. */
  override readonly name = "SmtpError";

  /** Keeps the codes, and what the server or the network said about it, without secrets. */
  constructor(readonly codes: Codes, readonly detail: string = "") {
    super(codes.networkCode ?? String(codes.replyCode));
  }
}

/** An error of the network, of TLS or of our own rules. */
export function smtpError(stage: Stage, networkCode: string, detail?: string): SmtpError {
  return new SmtpError({ stage, networkCode }, detail);
}

/** Reads the codes out of an error; the text beside them is only ever shown. */
export function toSmtpError(
  error: Error,
  dialogue: Pick<Dialogue, "stage" | "startsTls" | "withoutSecrets">,
): SmtpError {
  const { code = "", originalCode, command = "", response = "" } = error as NodemailerError;
  const answered = STAGES[command.split(" ")[0] ?? ""];
  const stage = answered ??
    (command !== "API" ? dialogue.stage() : code === "EAUTH" ? "auth" : "sender");
  const networkCode = networkCodeOf(code, originalCode, command, dialogue.startsTls());
  const reply = parseReply(response);
  if (reply !== undefined) {
    // One that answers no command of ours says nothing about the mail, unless it says "later".
    const answers = answered !== undefined || stage === "greeting";
    const { replyCode } = reply;
    if (replyCode >= 400 && (answers || replyCode < 500)) {
      const meaning = REPLIES.has(networkCode) ? { networkCode } : {};
      return new SmtpError({ stage, ...reply, ...meaning }, dialogue.withoutSecrets(response));
    }
  }
  const detail = networkCode === "ETLS" ? dialogue.withoutSecrets(tlsReason(error) ?? "") : "";
  return new SmtpError({ stage, networkCode }, detail);
}

interface NodemailerError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly command?: string;
  readonly response?: string;
}

// Errors name the command that was answered; CONN stands for anything else.
const STAGES: Readonly<Record<string, Stage>> = {
  EHLO: "greeting",
  HELO: "greeting",
  STARTTLS: "greeting",
  AUTH: "auth",
  MAIL: "sender",
  RCPT: "recipient",
  DATA: "data",
};

// Codes that say more than a reply does by itself.
const REPLIES: ReadonlySet<string> = new Set(["EAUTH", "ENOTLS"]);

function networkCodeOf(
  code: string,
  original: string | undefined,
  command: string,
  startsTls: boolean,
): string {
  if (command === "STARTTLS" && code === "ETLS") return "ENOTLS";
  if (code === "EAUTH" || code === "EPROTOCOL" || code === "ETIMEDOUT") return code;
  if (code === "EMESSAGE") return "ESIZE";
  if (original !== undefined && SYSTEM.has(original)) return original;
  // Without a code of its own, an error says only that the connection is gone.
  const gone = original === undefined && code !== "ESOCKET";
  return startsTls && !gone ? "ETLS" : "ECONNRESET";
}

/** The code of an error of the socket, if it is one that has a meaning here. */
export function networkCode(error: unknown): string {
  const code = systemCode(error);
  return code !== undefined && SYSTEM.has(code) ? code : "ECONNRESET";
}

const SYSTEM: ReadonlySet<string> = new Set([...TRANSIENT_CODES, "EACCES", "EPERM"]);
