/**
 * Listens to the dialogue with a mail server: where it stands, what the server offers, and what of
 * it may be shown.
 *
 * @module
 */

import { REDACTED } from "../../settings/secret.ts";
import { plainText } from "../../text/plain_text.ts";
import type { DialogueLine, Stage } from "../port.ts";

/** Where a dialogue stands. */
export interface Dialogue {
  /** Hears what the connection logs; nodemailer's interface for loggers. */
  readonly logger: Readonly<
    Record<
      "trace" | "debug" | "info" | "warn" | "error" | "fatal",
      (entry: unknown, text?: unknown) => void
    >
  >;
  /** The stage of the command that waits for its reply, else of the last one that had it. */
  stage(): Stage;
  /** Whether TLS is being set up: from the command on, or with TLS from the start, to a reply. */
  startsTls(): boolean;
  /** Whether the server offers an extension (RFC 5321, section 4.1.1.1), as last heard. */
  offers(extension: string): boolean;
  /** The text without the secrets. */
  withoutSecrets(text: string): string;
}

/** What to listen for. */
export interface DialogueOptions {
  /** Whether TLS comes before the greeting. */
  readonly tlsFirst: boolean;
  /** What is never shown. */
  readonly secrets: readonly string[];
  /** Hears each line. */
  readonly onLine?: ((line: DialogueLine) => void) | undefined;
  /** Hears of each complete reply; the mail itself is what comes next when `sendsMail` is true. */
  readonly onReply: (sendsMail: boolean) => void;
}

/** Starts listening. */
export function listenTo(options: DialogueOptions): Dialogue {
  // Commands without a reply; with PIPELINING there are several.
  const waiting: Command[] = ["greeting"];
  let startsTls = options.tlsFirst;
  let answered: Command = "greeting";
  let offered = "";
  let loginGoesOn = false;
  let mailSent = false;

  const hidden = options.secrets.filter((secret) => secret !== "")
    .flatMap((secret) => [secret, btoa(String.fromCharCode(...new TextEncoder().encode(secret)))]);
  const withoutSecrets = (text: string) =>
    hidden.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);

  function show(from: DialogueLine["from"], text: string): void {
    for (const line of text.split(/\r?\n/)) {
      options.onLine?.({ from, text: plainText(withoutSecrets(line), 500) });
    }
  }

  function hear(entry: unknown, text: unknown): void {
    const { tnx, outByteCount } = (entry ?? {}) as { tnx?: unknown; outByteCount?: unknown };
    if (tnx === "message") return show("client", `(the mail, ${Number(outByteCount)} bytes)`);
    if (typeof text !== "string") return;
    if (tnx === "client") {
      const command = loginGoesOn ? "AUTH" : commandOf(text);
      waiting.push(command);
      return show("client", command === "AUTH" ? authShown(text) : text);
    }
    if (tnx !== "server") return;
    answered = waiting.shift() ?? answered;
    if (answered === "EHLO") offered = text;
    startsTls = answered === "STARTTLS" && text.startsWith("2");
    // Such a reply asks for the login's next step.
    loginGoesOn = answered === "AUTH" && text.startsWith("334");
    const sendsMail = answered === "DATA" && /^[23]/.test(text) && !mailSent;
    mailSent = sendsMail;
    if (sendsMail) waiting.unshift("DATA");
    show("server", text);
    options.onReply(sendsMail);
  }

  const ignore = () => {};
  return {
    logger: { trace: ignore, debug: hear, info: hear, warn: ignore, error: ignore, fatal: ignore },
    stage: () => STAGE[waiting[0] ?? answered],
    startsTls: () => startsTls,
    offers: (extension) => new RegExp(`^250[ -]${extension}(?: |\\r?$)`, "im").test(offered),
    withoutSecrets,
  };
}

type Command = keyof typeof STAGE;

const STAGE = {
  greeting: "greeting",
  EHLO: "greeting",
  HELO: "greeting",
  STARTTLS: "greeting",
  AUTH: "auth",
  MAIL: "sender",
  RCPT: "recipient",
  DATA: "data",
  RSET: "sender",
  QUIT: "data",
} as const satisfies Record<string, Stage>;

function commandOf(text: string): Command {
  const word = /^[A-Z]+/i.exec(text)?.[0].toUpperCase();
  return word !== undefined && word in STAGE ? word as Command : "DATA";
}

// The mechanism may be seen, nothing after it.
function authShown(text: string): string {
  const mechanism = /^AUTH +[A-Z0-9_-]{1,20}/i.exec(text)?.[0];
  if (mechanism === undefined) return REDACTED;
  return mechanism.length === text.length ? mechanism : `${mechanism} ${REDACTED}`;
}
