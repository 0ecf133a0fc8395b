/**
 * Classifies errors of the dialogue with a mail server.
 *
 * @module
 */

import { systemCode, tlsReason } from "../../net/socket_error.ts";
import type { Stage } from "../port.ts";
import { type Codes, parseReply, TRANSIENT_CODES } from "../reply.ts";
import { COMMAND_STAGES, type Dialogue } from "./dialogue.ts";

/** A failed dialogue. It never leaves the transport, which converts it to a receipt. */
export class SmtpError extends Error {
  override readonly name = "SmtpError";

  /**
   * @param detail The server's reply or the network's message, without secrets.
   * @param remedy What the administrator can do, if the codes alone do not say it.
   */
  constructor(
    readonly codes: Codes,
    readonly detail: string = "",
    readonly remedy?: string,
  ) {
    super(codes.networkCode ?? String(codes.replyCode));
  }
}

/** An error of the network, of TLS or of the transport's own rules. */
export function smtpError(
  stage: Stage,
  networkCode: string,
  detail?: string,
  remedy?: string,
): SmtpError {
  return new SmtpError({ stage, networkCode }, detail, remedy);
}

/** Converts an error of nodemailer by its codes; its text is only shown. */
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
    // A reply that answers no command says nothing about the email, unless it is temporary.
    const isReply = answered !== undefined || stage === "greeting";
    const { replyCode } = reply;
    if (replyCode >= 400 && (isReply || replyCode < 500)) {
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

// An error names the command that was answered, or CONN.
const STAGES: Readonly<Record<string, Stage>> = COMMAND_STAGES;

// Codes that are more specific than the reply.
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
  // An error without an original code means only that the connection was lost.
  const isLost = original === undefined && code !== "ESOCKET";
  return startsTls && !isLost ? "ETLS" : "ECONNRESET";
}

/** The code of a socket's error; an unexpected one counts as a lost connection. */
export function networkCode(error: unknown): string {
  const code = systemCode(error);
  return code !== undefined && SYSTEM.has(code) ? code : "ECONNRESET";
}

const SYSTEM: ReadonlySet<string> = new Set([...TRANSIENT_CODES, "EACCES", "EPERM"]);
