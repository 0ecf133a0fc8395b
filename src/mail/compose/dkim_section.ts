/**
 * The section of the configuration for DKIM.
 *
 * @module
 */

import { z } from "zod";
import { parsed, secret } from "../../settings/kinds.ts";
import { checkDkimKey } from "./dkim_key.ts";
import { asciiDomain } from "./envelope.ts";

// One or more labels of the DNS (RFC 6376, section 3.1).
const LABELS =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

function labels(value: string | undefined): string | undefined {
  // A name copied from the DNS contains the label between selector and domain, too.
  if (value === undefined || !LABELS.test(value) || /_domainkey/i.test(value)) return undefined;
  return value.toLowerCase();
}

/** The section's keys, all of them required. */
export const dkimSection = z.strictObject({
  domain: parsed((value) => labels(asciiDomain(value)), "a domain such as example.org")
    .meta({ examples: ["example.org"] }).describe(
      "The domain that signs: that of the From address, or one above it.",
    ),
  selector: parsed(labels, "a name such as matrix2026, without _domainkey").meta({
    examples: ["matrix2026"],
  }).describe(
    "The name of the public key in the DNS: it is published at <selector>._domainkey.<domain>.",
  ),
  key: secret().superRefine((key, context) => {
    const check = checkDkimKey(key);
    if (check.kind === "broken") context.addIssue({ code: "custom", message: check.reason });
  }).meta({ examples: ["{ file: dkim.pem }"] }).describe(
    "The private RSA key in PEM, with 2048 bits or more.",
  ),
});

/** The section's settings. */
export type DkimSettings = z.output<typeof dkimSection>;
