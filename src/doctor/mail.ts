/**
 * Checks, without sending an email, whether one could be sent.
 *
 * @module
 */

import type { TransportKind } from "../config/sections/transport_kind.ts";
import { isLoopback } from "../domain/loopback.ts";
import type { Failure, MailTransport } from "../mail/port.ts";
import { formatEndpoint } from "../net/endpoint.ts";
import { type Check, error, ok, skipped, warning } from "./finding.ts";

/** How emails are sent. */
export interface MailOptions {
  readonly kind: TransportKind;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly tls: number;
    readonly login: string;
  };
  /** Opens the transport; `verified`: TLS with a certificate that is trusted is required. */
  readonly open: (options: { readonly verified: boolean }) => MailTransport;
}

/** Checks the transport: it connects and logs in, with an access token where one is needed. */
export async function checkMail(
  { kind, smtp, open }: MailOptions,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (kind === "none") return [skipped("none", "emails are not sent: the connector is none")];
  const failure = await check(open, false, signal);
  if (failure !== undefined) return [failed(kind, failure)];
  if (kind !== "smtp") return [ok(kind, "it can be used")];
  const at = formatEndpoint(smtp);
  const login = smtp.login === "" ? "" : ", and accepts the login";
  // Without a login the emails are sent all the same: see openSmtpTransport.
  if (smtp.tls === 1 && login === "" && !isLoopback(smtp.host)) {
    const unverified = await check(open, true, signal);
    if (unverified !== undefined) {
      const seen =
        `${at} accepts emails, but without a verified TLS connection: ${unverified.reason}`;
      const remedy = unverified.remedy ?? "Let the mail server offer STARTTLS with a certificate " +
          "that is trusted, or name its authority in tls.ca.";
      return [warning(kind, seen, sentence(remedy))];
    }
  }
  const tls = smtp.tls === 0 ? "without TLS" : smtp.tls === 3 ? "with TLS" : "with STARTTLS";
  const encryption = isLoopback(smtp.host) && smtp.tls < 2 ? "" : ` ${tls}`;
  return [ok(kind, `${at} can be used${encryption}${login}`)];
}

async function check(
  open: MailOptions["open"],
  verified: boolean,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  await using transport = open({ verified });
  return await transport.check({ signal });
}

function failed(kind: TransportKind, failure: Failure): Check {
  const { stage, reason, remedy, replyCode, enhancedCode } = failure;
  const code = [replyCode, enhancedCode].filter(Boolean).join(" ");
  const seen = `it failed at ${stage}${code === "" ? "" : ` (${code})`}: ${reason}`;
  return error(
    kind,
    seen,
    sentence(
      remedy ??
        `Correct the settings of ${kind}, or ask who runs the mail server; then try send-test`,
    ),
  );
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
}
