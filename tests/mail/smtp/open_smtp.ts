import type { DialogueLine, MailTransport } from "../../../src/mail/port.ts";
import { openSmtpTransport, type SmtpOptions } from "../../../src/mail/smtp/transport.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { type Clock, systemClock } from "../../../src/system/clock.ts";

/** Opens a transport to a server of the test, by default by its IP address. */
export function openSmtp(
  port: number,
  options: Partial<SmtpOptions> = {},
  dependencies: {
    clock?: Clock;
    fetch?: typeof fetch;
    onDialogue?: (line: DialogueLine) => void;
  } = {},
): MailTransport {
  return openSmtpTransport({
    host: "127.0.0.1",
    port,
    tls: 1,
    login: "",
    timeout: 60_000,
    pool: 5,
    rate: null,
    name: "client.example",
    ...options,
  }, { clock: systemClock, fetch, ...dependencies });
}

export function secret(text: string): Secret {
  return new Secret(text);
}
