/**
 * Signs mails (DKIM, RFC 6376).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { DkimSettings } from "./dkim_section.ts";

/** Signs mails. */
export interface DkimSigner {
  /**
   * The mail with its signature in front; `undefined` when it could not be signed, and must not be
   * sent. The mail's lines end with CRLF.
   */
  sign(mail: Uint8Array): Promise<Uint8Array | undefined>;
}

/** The fields that are signed if a mail has them. */
export const SIGNED_FIELDS: readonly string[] = [
  ...["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "References"],
  ...["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"],
  ...["Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"],
  ...["Content-Disposition", "Content-Description", "Content-Language", "Content-ID"],
];

/** Opens a signer. The library is loaded for the first mail. */
export function openDkimSigner({ domain, selector, key }: DkimSettings): DkimSigner {
  return {
    async sign(mail) {
      const { default: DKIM } = await import("nodemailer/lib/dkim");
      const signer = new DKIM({
        domainName: domain,
        keySelector: selector,
        privateKey: key.reveal(),
        headerFieldNames: SIGNED_FIELDS.join(":"),
      });
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of signer.sign(Buffer.from(mail))) chunks.push(chunk);
      } catch {
        // The library's message may quote parts of the key.
        return undefined;
      }
      const signed = Buffer.concat(chunks);
      return isSigned(signed, mail) ? signed : undefined;
    },
  };
}

// The library returns a mail that it could not sign unsigned, without an error.
function isSigned(signed: Buffer, mail: Uint8Array): boolean {
  const field = signed.toString("latin1", 0, signed.length - mail.length);
  return /^DKIM-Signature: (?:[^\r\n]|\r\n[ \t])*;\s+b=[A-Za-z0-9+/=\s]{128,}\r\n$/.test(field) &&
    signed.subarray(signed.length - mail.length).equals(mail);
}
