/**
 * Follows the dialogue with a mail server: its stage, the server's extensions, and the lines that may
 * be shown.
 *
 * @module
 */

import { redactor } from "../../settings/redact.ts";
import { REDACTED } from "../../settings/secret.ts";
import { plainText } from "../../text/plain_text.ts";
import type { DialogueLine, Stage } from "../port.ts";

/** The state of a dialogue. */
export interface Dialogue {
  /** Receives what the connection logs (nodemailer's logger interface). */
  readonly logger: Readonly<
    Record<
      "trace" | "debug" | "info" | "warn" | "error" | "fatal",
      (entry: unknown, text?: unknown) => void
    >
  >;
  /** The stage of the command that waits for its reply, otherwise of the last one that was answered. */
  stage(): Stage;
  /** Whether TLS is being started: from STARTTLS, or from the start, until the next reply. */
  startsTls(): boolean;
  /** Whether the server's last reply to EHLO offers an extension (RFC 5321, section 4.1.1.1). */
  offers(extension: string): boolean;
  /**
   * The login methods that it offers, in upper case (RFC 4954, section 3); `undefined` if it does not
   * offer a login.
   */
  loginMethods(): readonly string[] | undefined;
  /** Replaces the secrets in a text. */
  withoutSecrets(text: string): string;
}

/** Options of a dialogue. */
export interface DialogueOptions {
  /** Whether TLS comes before the greeting. */
  readonly tlsFirst: boolean;
  /** Texts that are never shown. */
  readonly secrets: readonly string[];
  readonly onLine?: ((line: DialogueLine) => void) | undefined;
  /** Called for each complete reply. If `sendsMail` is true, the message itself is sent next. */
  readonly onReply: (sendsMail: boolean) => void;
  /** Called when the whole message was sent: only the final reply is missing. */
  readonly onMessageSent?: (() => void) | undefined;
}

/** Starts to follow a dialogue. */
export function followDialogue(options: DialogueOptions): Dialogue {
  // Commands without a reply; with PIPELINING there may be several.
  const waiting: Command[] = ["greeting"];
  let startsTls = options.tlsFirst;
  let answered: Command = "greeting";
  let offered = "";
  let loginContinues = false;
  let mailSent = false;

  // Made when it is needed: a token of two thousand characters takes a while.
  let redact: ((text: string) => string) | undefined;
  const withoutSecrets = (text: string) => (redact ??= redactor(options.secrets))(text);

  function show(from: DialogueLine["from"], text: string): void {
    for (const line of text.split(/\r?\n/)) {
      options.onLine?.({ from, text: plainText(withoutSecrets(line), 500) });
    }
  }

  function receive(entry: unknown, text: unknown): void {
    const { tnx, outByteCount } = (entry ?? {}) as { tnx?: unknown; outByteCount?: unknown };
    if (tnx === "message") {
      show("client", `(the email, ${Number(outByteCount)} bytes)`);
      return options.onMessageSent?.();
    }
    if (typeof text !== "string") return;
    if (tnx === "client") {
      const command = loginContinues ? "AUTH" : commandOf(text);
      waiting.push(command);
      return show("client", command === "AUTH" ? authShown(text) : text);
    }
    if (tnx !== "server") return;
    answered = waiting.shift() ?? answered;
    if (answered === "EHLO") offered = text;
    startsTls = answered === "STARTTLS" && text.startsWith("2");
    // A reply with 334 asks for the next step of the login.
    loginContinues = answered === "AUTH" && text.startsWith("334");
    const sendsMail = answered === "DATA" && /^[23]/.test(text) && !mailSent;
    mailSent = sendsMail;
    if (sendsMail) waiting.unshift("DATA");
    show("server", text);
    options.onReply(sendsMail);
  }

  const ignore = () => {};
  return {
    logger: {
      trace: ignore,
      debug: receive,
      info: receive,
      warn: ignore,
      error: ignore,
      fatal: ignore,
    },
    stage: () => STAGES[waiting[0] ?? answered],
    startsTls: () => startsTls,
    offers: (extension) => new RegExp(`^250[ -]${extension}(?: |\\r?$)`, "im").test(offered),
    loginMethods: () => loginMethods(offered),
    withoutSecrets,
  };
}

// Old servers write an equals sign after AUTH, some beside the usual line.
function loginMethods(offered: string): readonly string[] | undefined {
  const lines = [...offered.matchAll(/^250[ -]AUTH(?:[ =]([^\r\n]*))?\r?$/gim)];
  if (lines.length === 0) return undefined;
  const methods = lines.flatMap(([, list = ""]) => list.toUpperCase().split(/[\s=]+/));
  return [...new Set(methods)].filter((method) => method !== "");
}

type Command = keyof typeof STAGES;

/** The stage of the commands whose replies concern the mail. */
export const COMMAND_STAGES = {
  EHLO: "greeting",
  HELO: "greeting",
  STARTTLS: "greeting",
  AUTH: "auth",
  MAIL: "sender",
  RCPT: "recipient",
  DATA: "data",
} as const satisfies Record<string, Stage>;

const STAGES = {
  greeting: "greeting",
  ...COMMAND_STAGES,
  RSET: "sender",
  QUIT: "data",
} as const satisfies Record<string, Stage>;

function commandOf(text: string): Command {
  const word = /^[A-Z]+/i.exec(text)?.[0].toUpperCase();
  return word !== undefined && word in STAGES ? word as Command : "DATA";
}

// The mechanism may be shown, but nothing after it.
function authShown(text: string): string {
  const mechanism = /^AUTH +[A-Z0-9_-]{1,20}/i.exec(text)?.[0];
  if (mechanism === undefined) return REDACTED;
  return mechanism.length === text.length ? mechanism : `${mechanism} ${REDACTED}`;
}
