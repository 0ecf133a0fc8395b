/**
 * What the administrator can do about a failure, by its codes.
 *
 * @module
 */

import type { Codes } from "../reply.ts";

/** The full name of a key of this transport's section. */
export function smtpKey(name: string): string {
  return `threepid.medium.email.connectors.smtp.${name}`;
}

const SENDER = "threepid.medium.email.identity.from";
const EXCHANGE = "docs/mail.md, Microsoft 365";
const DOMAIN_PROOF = `sign with the domain of ${SENDER} and publish SPF, DKIM and DMARC for it ` +
  "(docs/mail.md, What receivers ask)";

/** A row of the table of replies that need an explanation. */
export interface ReplyRemedy {
  /** The reply, for the documentation. */
  readonly reply: string;
  readonly remedy: string;
  /** Whether it applies, if no earlier row does. */
  readonly matches: (codes: Codes) => boolean;
}

/** What to do about a reply; the first row that matches applies. */
export const REPLY_REMEDIES: readonly ReplyRemedy[] = [
  {
    reply: "535 5.7.139",
    remedy: "Exchange Online refuses passwords, or authenticated SMTP, for this mailbox or " +
      `tenant: write ${smtpKey("oauth2")} instead of password, and enable authenticated SMTP for ` +
      `the mailbox (${EXCHANGE})`,
    matches: ({ replyCode, enhancedCode }) => replyCode === 535 && enhancedCode === "5.7.139",
  },
  {
    reply: "535 5.7.3",
    remedy:
      `Exchange refuses the login: check ${smtpKey("login")} and password; with oauth2, the ` +
      "application needs SMTP.SendAsApp with the consent of an administrator, and full access to " +
      `the mailbox (${EXCHANGE})`,
    matches: ({ replyCode, enhancedCode }) => replyCode === 535 && enhancedCode === "5.7.3",
  },
  {
    reply: "534, or 535 5.7.9",
    remedy: "the account does not allow its usual password here: write an app password in " +
      `${smtpKey("password")}, or use oauth2`,
    matches: ({ replyCode, enhancedCode }) =>
      replyCode === 534 || (replyCode === 535 && enhancedCode === "5.7.9"),
  },
  {
    reply: "538, or any other with 5.7.11",
    remedy: `the mail server requires encryption: write 2 or 3 in ${smtpKey("tls")}`,
    matches: ({ replyCode, enhancedCode }) => replyCode === 538 || enhancedCode === "5.7.11",
  },
  {
    reply: "530",
    remedy: `the mail server requires a login or STARTTLS: check ${smtpKey("login")}, password ` +
      "and tls",
    matches: ({ replyCode }) => replyCode === 530,
  },
  {
    reply: "432, or any other with 4.3.2 at the login",
    remedy: `the mail server limits connections: write a smaller number in ${smtpKey("pool")}`,
    matches: ({ stage, replyCode, enhancedCode }) =>
      replyCode === 432 || (enhancedCode === "4.3.2" && (stage === "auth" || stage === "sender")),
  },
  {
    reply: "5.7.20 to 5.7.27, 5.7.30, 5.7.32 or 5.7.515, and the same with 4",
    remedy:
      `the receiver does not accept mails without proof of the sender's domain: ${DOMAIN_PROOF}`,
    matches: ({ enhancedCode = "" }) => /^[45]\.7\.(?:2[0-7]|30|32|515)$/.test(enhancedCode),
  },
  {
    reply: "5.7.236",
    remedy: `Exchange Online limits mails from onmicrosoft.com: write an address of your own ` +
      `domain in ${SENDER}`,
    matches: ({ enhancedCode }) => enhancedCode === "5.7.236",
  },
  {
    reply: "5.7.60 or 5.2.252",
    remedy: `${smtpKey("login")} may not send as ${SENDER}: give it the right Send As, or write ` +
      "its own address there",
    matches: ({ enhancedCode }) => enhancedCode === "5.7.60" || enhancedCode === "5.2.252",
  },
  {
    reply: "5.2.0 or 5.2.2 after DATA, or 5.1.90",
    remedy:
      `Exchange Online: the mailbox of ${smtpKey("login")} is full, or has reached its limit ` +
      "for a day",
    matches: ({ stage, enhancedCode }) =>
      enhancedCode === "5.1.90" ||
      (stage === "data" && (enhancedCode === "5.2.0" || enhancedCode === "5.2.2")),
  },
  {
    reply: "any other 5xx at the login",
    remedy: `check ${smtpKey("login")} and password, or oauth2`,
    matches: ({ stage, replyCode = 0 }) => stage === "auth" && replyCode >= 500,
  },
  {
    reply: "any other 5xx at MAIL, 553 after DATA, 5.1.7 or 5.1.8",
    remedy: `check ${SENDER}: the mail server may not accept this sender, or not from this login`,
    matches: ({ stage, replyCode = 0, enhancedCode }) =>
      (stage === "sender" && replyCode >= 500) || (stage === "data" && replyCode === 553) ||
      enhancedCode === "5.1.7" || enhancedCode === "5.1.8",
  },
  {
    reply: "any other doubtful one at RCPT",
    remedy: "if the address exists, have the mail server relay for this service, or write " +
      `${smtpKey("login")} and password`,
    matches: ({ stage, replyCode = 0, enhancedCode }) =>
      stage === "recipient" && replyCode >= 500 && !NO_SUCH_ADDRESS.test(enhancedCode ?? ""),
  },
];

const NO_SUCH_ADDRESS = /^5\.1\.(?:1|3|6|10)$/;
const PLACE = `check ${smtpKey("host")} and port`;
const PERMISSION = "check the permissions of the service, and the firewall of this machine";

// For failures without a reply.
const NETWORK_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: PERMISSION,
  EAI_AGAIN: `check ${smtpKey("host")} and this machine's resolver`,
  ECONNREFUSED: `${PLACE}, and that the mail server runs`,
  EHOSTUNREACH: `${PLACE}, and the network`,
  ENETUNREACH: `${PLACE}, and the network`,
  ENOTFOUND: `check ${smtpKey("host")}`,
  ENOTLS: `check ${smtpKey("tls")}: 3 is TLS from the start, 0 none`,
  EPERM: PERMISSION,
  EPLAINLOGIN: `have the mail server offer STARTTLS, or write 3 in ${smtpKey("tls")} if it has a ` +
    "port for TLS; with 0 a password is sent unencrypted",
  EPROTOCOL: `check ${smtpKey("port")} and tls: 3 for TLS from the start, as on port 465`,
  ESIZE: "use a smaller notify.brand.logo or template",
  ESMTPUTF8: "use a mail server that offers SMTPUTF8, or give the person an address in ASCII",
  ETLS: `check ${smtpKey("host")}, which the certificate must name, ${smtpKey("tls")}, and ` +
    "tls.ca for an authority of your own",
};

/** What to do about a failure; `undefined` if the codes do not say it. */
export function remedyFor(codes: Codes): string | undefined {
  const { stage, networkCode = "", replyCode } = codes;
  if (replyCode === undefined) {
    if (stage === "connect" && networkCode === "ETIMEDOUT") {
      return `${PLACE}, and the firewalls in between`;
    }
    // A server that expects TLS waits for it, or does not understand EHLO.
    if (stage === "greeting" && GREETING_LOST.has(networkCode)) return NETWORK_REMEDIES.EPROTOCOL;
    return Object.hasOwn(NETWORK_REMEDIES, networkCode) ? NETWORK_REMEDIES[networkCode] : undefined;
  }
  if (networkCode === "ENOTLS") return NETWORK_REMEDIES.ENOTLS;
  return REPLY_REMEDIES.find(({ matches }) => matches(codes))?.remedy;
}

const GREETING_LOST: ReadonlySet<string> = new Set(["ETIMEDOUT", "ECONNRESET", "EPIPE"]);
