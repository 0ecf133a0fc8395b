/**
 * Checks the DMARC policy of the sender's domain, and whether emails pass it (RFC 9989).
 *
 * @module
 */

import { type Check, error, ok, warning } from "../finding.ts";
import { recordsOf, type Resolver } from "./port.ts";
import { parseTags } from "./tags.ts";

const NAME = "DMARC";
// The tree walk asks for no more names (section 4.10).
const MAX_LABELS = 7;

/** The domains that DMARC compares. */
export interface SendingDomains {
  /** Of the From address. */
  readonly from: string;
  /** Of the envelope sender; `undefined` if the service does not choose it. */
  readonly envelope: string | undefined;
  /** Of the signature; `undefined` if this service does not sign. */
  readonly signature: string | undefined;
}

interface Policy {
  /** Where the record is. */
  readonly at: string;
  readonly tags: ReadonlyMap<string, string>;
}

/**
 * Checks the policy.
 *
 * @throws {ResolverError} If the DNS cannot tell.
 */
export async function checkDmarc(
  domains: SendingDomains,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Check> {
  const { from, envelope, signature } = domains;
  const found = await findPolicy(from, resolver, signal);
  if (found === undefined) {
    return warning(
      NAME,
      `${from} has no DMARC record`,
      `Publish a TXT record at _dmarc.${from}, such as "v=DMARC1; p=none": large receivers ask for ` +
        "one.",
    );
  }
  if (found === "several") {
    const remedy = `Keep one of the TXT records at _dmarc.${from} that begin with v=DMARC1.`;
    return error(NAME, `${from} has several DMARC records, so that receivers use none`, remedy);
  }
  const { at, tags } = found;
  const policy = effectivePolicy(found, from);
  if (!["none", "quarantine", "reject"].includes(policy)) {
    const seen = `the policy "${policy}" in the record at ${at} is not known`;
    return warning(
      NAME,
      seen,
      `Write p=none, p=quarantine or p=reject in the TXT record at ${at}.`,
    );
  }
  const base = at.replace(/^_dmarc\./, "");
  const aligned = [
    { by: "SPF", domain: envelope, strict: tags.get("aspf") === "s" },
    { by: "DKIM", domain: signature, strict: tags.get("adkim") === "s" },
  ].filter(({ domain, strict }) => domain !== undefined && isAligned(from, domain, base, strict));
  if (aligned.length > 0) {
    const by = aligned.map(({ by }) => by).join(" and ");
    return ok(
      NAME,
      `${at} has p=${policy}, and ${by} ${aligned.length > 1 ? "are" : "is"} aligned`,
    );
  }
  if (envelope === undefined && signature === undefined) {
    return ok(
      NAME,
      `${at} has p=${policy}; who sends and signs the emails decides whether they pass`,
    );
  }
  const others = [envelope, signature].filter((domain) => domain !== undefined);
  const seen = `${at} has p=${policy}, but neither the envelope sender nor the signature is of ` +
    `${from}: ${[...new Set(others)].join(", ")}`;
  const remedy =
    "Sign with a domain that fits the sender's (dkim.domain), or choose another sender " +
    "in threepid.medium.email.identity.from.";
  return policy === "none" ? warning(NAME, seen, remedy) : error(NAME, seen, remedy);
}

// The policy of the domain itself, else that of the domain above it that has one.
async function findPolicy(
  domain: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Policy | "several" | undefined> {
  const labels = domain.split(".");
  for (const above of [domain, ...parents(labels)]) {
    const at = `_dmarc.${above}`;
    const texts = await recordsOf(resolver, at, "TXT", signal);
    const records = texts.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text));
    if (records.length > 1 && above === domain) return "several";
    const tags = records.length === 1 ? parseTags(records[0] ?? "") : undefined;
    if (tags !== undefined) return { at, tags };
  }
  return undefined;
}

// The domains above, without those that the walk passes over.
function parents(labels: readonly string[]): readonly string[] {
  const first = Math.max(1, labels.length - MAX_LABELS);
  return labels.slice(first).map((_, index) => labels.slice(first + index).join("."));
}

// `sp` is for the domains below the one that has the record.
function effectivePolicy({ at, tags }: Policy, from: string): string {
  const own = tags.get("p")?.toLowerCase() ?? "none";
  return at === `_dmarc.${from}` ? own : tags.get("sp")?.toLowerCase() ?? own;
}

// Strict: the same domain. Relaxed: both below the one domain that the policy is of.
function isAligned(
  from: string,
  domain: string | undefined,
  base: string,
  strict: boolean,
): boolean {
  if (domain === undefined) return false;
  if (strict) return domain === from;
  const isBelow = (name: string, upper: string) => name === upper || name.endsWith(`.${upper}`);
  return isBelow(domain, from) || isBelow(from, domain) || isBelow(domain, base);
}
