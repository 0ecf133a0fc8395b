/**
 * What an error of nodemailer's means.
 *
 * @module
 */

import type { Stage } from "../port.ts";
import { parseReply, PASSING } from "../reply.ts";
import type { Dialogue } from "./dialogue.ts";
import { SmtpError } from "./error.ts";

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
  const detail = networkCode === "ETLS" ? dialogue.withoutSecrets(tlsDetail(error)) : "";
  return new SmtpError({ stage, networkCode }, detail);
}

/** What TLS itself says is wrong; older Deno names only the call that failed. */
export function tlsDetail(error: Error): string {
  return /^(?:read|write) [A-Z]+$/.test(error.message) ? "" : error.message;
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

/**
 * The operating system's code of an error such as `ECONNREFUSED`, `undefined` when it is another
 * kind of error: those of TLS have codes of their own, or none on older Deno.
 */
export function systemCode(error: Error): string | undefined {
  if (error instanceof Deno.errors.NotCapable) return "EPERM";
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && SYSTEM.has(code) ? code : undefined;
}

const SYSTEM: ReadonlySet<string> = new Set([...PASSING, "EACCES", "EPERM"]);
