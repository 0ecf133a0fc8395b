/**
 * Faults between the service and the mail server.
 *
 * @module
 */

import { type SmtpScript, startScriptedSmtp } from "../../fakes/mail/scripted_smtp.ts";
import { ELSEWHERE } from "../../fakes/net/certificates.ts";
import { freePort } from "../../process/free_port.ts";
import type { BrokenDeployment } from "./deployment.ts";
import { selfSigned } from "./self_signed.ts";
import { type Site, SMTP } from "./site.ts";

const AT_START = { known: "at the start", event: "mail transport not ready" } as const;
const LOGIN = { [`${SMTP}.login`]: "matrix", [`${SMTP}.password`]: "wrong-s3cret" };

/** A mail server that follows a script. */
function scripted(site: Site, script: SmtpScript) {
  const { port } = site.use(startScriptedSmtp(script));
  return { [`${SMTP}.port`]: site.call(port, "MAIL_PORT") };
}

/** A mail server with this certificate. */
function withCertificate(site: Site, tls: SmtpScript["tls"] & object) {
  return { ...scripted(site, { tls }), [`${SMTP}.tls`]: 3 };
}

/** All of them. */
export const MAIL_SERVER_FAULTS: readonly BrokenDeployment[] = [
  {
    ...AT_START,
    what: "SMTP port closed",
    arrange: (site) => ({ [`${SMTP}.port`]: site.call(freePort(), "CLOSED_PORT") }),
  },
  {
    ...AT_START,
    what: "SMTP host unknown",
    arrange: () => ({ [`${SMTP}.host`]: "mail.invalid" }),
  },
  {
    ...AT_START,
    what: "SMTP password wrong",
    arrange: (site) => ({
      ...scripted(site, {
        extensions: ["AUTH PLAIN LOGIN"],
        plays: { auth: "535 5.7.8 Error: authentication failed: wrong-s3cret" },
      }),
      ...LOGIN,
    }),
  },
  {
    known: "at an invite",
    event: "mail deferred, transport error",
    what: "SMTP login missing",
    arrange: (site) => scripted(site, { plays: { mail: "530 5.7.0 Authentication required" } }),
  },
  {
    ...AT_START,
    what: "SMTP server without STARTTLS",
    arrange: () => ({ [`${SMTP}.tls`]: 2 }),
  },
  {
    ...AT_START,
    what: "TLS to an SMTP port that speaks no TLS",
    arrange: () => ({ [`${SMTP}.tls`]: 3 }),
  },
  {
    ...AT_START,
    what: "SMTP certificate self-signed",
    arrange: async (site) => ({
      ...withCertificate(site, await selfSigned(site, "localhost")),
    }),
  },
  {
    ...AT_START,
    what: "SMTP certificate of another name",
    arrange: async (site) => ({
      ...withCertificate(site, await selfSigned(site, "mail.example.net")),
      "tls.ca": site.path("mail.example.net.pem"),
    }),
  },
  {
    ...AT_START,
    what: "SMTP certificate expired",
    arrange: async (site) => ({
      ...withCertificate(site, await selfSigned(site, "localhost", "2020-01-01")),
      "tls.ca": site.path("localhost.pem"),
    }),
  },
  {
    ...AT_START,
    what: "SMTP certificate of an unknown authority",
    arrange: (site) => withCertificate(site, ELSEWHERE),
  },
  {
    known: "at an invite",
    event: "mail deferred, transport error",
    what: "mail server refuses the sender",
    arrange: (site) =>
      scripted(site, {
        plays: {
          mail: "553 5.7.1 <matrix@example.org>: Sender address rejected: not owned by user",
        },
      }),
  },
  {
    known: "at an invite",
    event: "mail deferred",
    what: "mail server refuses to relay",
    arrange: (site) =>
      scripted(site, { plays: { rcpt: "554 5.7.1 <bob@corp.example>: Relay access denied" } }),
  },
];
