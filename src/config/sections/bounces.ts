/**
 * The section `notify.bounces`: how the service learns of emails that come back.
 *
 * @module
 */

import { createPublicKey } from "node:crypto";
import { domainToASCII } from "node:url";
import { parseEmailAddress } from "../../domain/email_address.ts";
import { parsed, path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

const bounceDomain = parsed((text) => {
  const domain = domainToASCII(text);
  // Room for the longest local part.
  return domain.length <= 180 && parseEmailAddress(`a@${domain}`) !== undefined
    ? domain
    : undefined;
}, "a domain such as bounces.example.org");

/** A public key of the curve P-256, in PEM. SendGrid shows it in base64. */
const publicKey = parsed(
  (text) => {
    const base64 = text.replace(/-----(?:BEGIN|END) PUBLIC KEY-----/g, "").replace(/\s+/g, "");
    const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
    try {
      const details = createPublicKey(pem).asymmetricKeyDetails;
      return details?.namedCurve === "prime256v1" ? pem : undefined;
    } catch {
      return undefined;
    }
  },
  "the verification key that SendGrid shows, such as MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE...",
  {
    repeat: false,
  },
);

/** The section `notify.bounces`. */
export const bouncesSection = section(
  "How the service learns of emails that were accepted and come back later. Off by default.",
  {
    domain: bounceDomain.optional().meta({ examples: ["bounces.example.org"] }).describe(
      "The domain of the envelope sender, which is then another one for each email: " +
        "bounce+...@domain. By default it is the From address.",
    ),
    folder: path("folder").optional().meta({ examples: ["/var/mail/bounces"] }).describe(
      "The Maildir into which the mail server delivers what comes to those addresses.",
    ),
    webhook: section("SendGrid's signed event webhook, at /bounces/sendgrid of this service.", {
      publicKey: publicKey.optional().meta({
        examples: [
          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
        ],
      }).describe("The verification key that SendGrid shows for it."),
    }),
  },
).superRefine(({ domain, folder }, context) => {
  if (folder === undefined || domain !== undefined) return;
  const message = "needs notify.bounces.domain: without it no bounce can be told from a forgery";
  context.addIssue({ code: "custom", message, path: ["folder"] });
});
