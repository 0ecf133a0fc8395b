/**
 * Which certificates of a mail server are believed.
 *
 * @module
 */

import { SmtpError } from "./error.ts";

/** One way to look at a certificate. */
export interface Trust {
  /** Whether the certificate has to verify. */
  readonly verify: boolean;
  /** Certificates in PEM it is verified against; by default the well-known ones. */
  readonly ca?: readonly string[];
}

/**
 * Opens something over TLS, trusting certificates of our own and the well-known ones alike, which
 * takes an attempt each: given certificates replace the well-known ones in node:tls, and to list
 * those needs a permission. What worked is tried first the next time.
 *
 * @param ca Certificates in PEM to be trusted beside the well-known ones.
 * @param onUnverified Called once, when a certificate is taken that does not verify; without it,
 * none is.
 */
export function openTrust(
  ca: readonly string[],
  onUnverified?: () => void,
): <Result>(open: (trust: Trust) => Promise<Result>) => Promise<Result> {
  let trusts: readonly Trust[] = [
    ...(ca.length > 0 ? [{ verify: true, ca }] : []),
    { verify: true },
    ...(onUnverified ? [{ verify: false }] : []),
  ];
  let told = false;
  return async (open) => {
    const errors: unknown[] = [];
    for (const trust of trusts) {
      try {
        const result = await open(trust);
        if (!trust.verify && !told) {
          told = true;
          onUnverified?.();
        }
        trusts = [trust, ...trusts.filter((other) => other !== trust)];
        return result;
      } catch (error) {
        if (!isTlsError(error)) throw error;
        errors.push(error);
      }
    }
    throw errors[0];
  };
}

function isTlsError(error: unknown): boolean {
  return error instanceof SmtpError && error.codes.networkCode === "ETLS";
}
