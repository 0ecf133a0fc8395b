/**
 * Checks the SPF record of the domain that emails are sent from (RFC 7208).
 *
 * Which servers it permits is not compared: the address that a mail server sends from is not known
 * here, and often another one than it is reached at.
 *
 * @module
 */

import { type Check, error, ok, warning } from "../finding.ts";
import { recordsOf, type Resolver } from "./port.ts";

const NAME = "SPF";
// Section 4.6.4.
const MAX_LOOKUPS = 10;
const VERSION = /^v=spf1(?: |$)/i;
const TERM =
  /^[+?~-]?(?:all|(?:include|exists):[^\s]+|(?:a|mx)(?::[^\s/]+)?(?:\/[^\s]+)?|ptr(?::\S+)?|ip4:[0-9.]+(?:\/[0-9]{1,2})?|ip6:[0-9a-f:.]+(?:\/[0-9]{1,3})?)$/i;
// redirect, exp, and what later versions may add.
const MODIFIER = /^[a-z][a-z0-9_.-]*=\S*$/i;

/**
 * Checks the record of a domain.
 *
 * @param domain That of the envelope sender.
 * @throws {ResolverError} If the DNS cannot tell.
 */
export async function checkSpf(
  domain: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<Check> {
  const records = await spfRecords(domain, resolver, signal);
  const [record, second] = records;
  if (record === undefined) {
    return warning(
      NAME,
      `${domain} has no SPF record`,
      `Publish a TXT record at ${domain} that names the mail server, such as "v=spf1 mx -all", or ` +
        "the include: that its operator says.",
    );
  }
  if (second !== undefined) {
    return error(
      NAME,
      `${domain} has ${records.length} SPF records, so that receivers use none of them`,
      `Merge them into one TXT record at ${domain}: v=spf1, the mechanisms of all, and one "all" at ` +
        "the end.",
    );
  }
  const terms = termsOf(record);
  const wrong = terms.find((term) => !TERM.test(term) && !MODIFIER.test(term));
  if (wrong !== undefined) {
    return error(
      NAME,
      `"${wrong}" in the SPF record of ${domain} is not valid, so that receivers ignore it: ${record}`,
      `Correct that term in the TXT record at ${domain}.`,
    );
  }
  if (!terms.some(mayPermit)) {
    return error(
      NAME,
      `the SPF record of ${domain} permits nobody to send: ${record}`,
      `Name the mail server in the TXT record at ${domain}, such as "v=spf1 mx -all", or send from ` +
        "another domain.",
    );
  }
  if (terms.some((term) => /^\+?all$/i.test(term))) {
    return warning(
      NAME,
      `the SPF record of ${domain} permits everybody to send in its name: ${record}`,
      `End the TXT record at ${domain} with "-all" or "~all" instead of "+all".`,
    );
  }
  const walk: Walk = { lookups: 0, broken: undefined, resolver, signal };
  await follow(domain, terms, walk);
  if (walk.broken !== undefined) {
    return error(
      NAME,
      `the SPF record of ${domain} refers to ${walk.broken}, which has not one SPF record`,
      `Correct or remove that term in the TXT record at ${domain}: receivers ignore the record.`,
    );
  }
  if (walk.lookups > MAX_LOOKUPS) {
    return error(
      NAME,
      `the SPF record of ${domain} needs more than ${MAX_LOOKUPS} DNS lookups, so that receivers ` +
        "ignore it",
      `Remove what is no longer used from the TXT record at ${domain}, or write ip4: and ip6: ` +
        "instead of include:, a and mx.",
    );
  }
  return ok(NAME, `${domain} has the record ${record}`);
}

/** What following the record has shown so far. */
interface Walk {
  lookups: number;
  /** The domain of a record that is missing. */
  broken: string | undefined;
  readonly resolver: Resolver;
  readonly signal: AbortSignal;
}

// Follows the records that a record refers to, until there are too many.
async function follow(domain: string, terms: readonly string[], walk: Walk): Promise<void> {
  for (const term of terms) {
    if (walk.lookups > MAX_LOOKUPS || walk.broken !== undefined) return;
    if (/^[+?~-]?(?:a|mx|ptr|exists)(?:[:/]|$)/i.test(term)) walk.lookups++;
    const [, target] = /^(?:[+?~-]?include:|redirect=)(\S+)$/i.exec(term) ?? [];
    if (target === undefined) continue;
    walk.lookups++;
    // A macro stands for the sender's address or name, which there is none of here.
    if (target.includes("%") || target.toLowerCase() === domain.toLowerCase()) continue;
    const [record, second] = await spfRecords(target, walk.resolver, walk.signal);
    if (record === undefined || second !== undefined) walk.broken ??= target;
    else await follow(target, termsOf(record), walk);
  }
}

async function spfRecords(
  domain: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const texts = await recordsOf(resolver, domain, "TXT", signal);
  return texts.filter((text) => VERSION.test(text));
}

function termsOf(record: string): readonly string[] {
  return record.split(" ").slice(1).filter((term) => term !== "");
}

// Whether somebody may send by it: it says neither that they may not, nor what to do then.
function mayPermit(term: string): boolean {
  return /^redirect=/i.test(term) || !MODIFIER.test(term) && !/^(?:-|~|\?all$)/i.test(term);
}
