/**
 * Checks what the DNS says about the sender of emails.
 *
 * @module
 */

import { type Check, error, skipped } from "../finding.ts";
import { checkDkimRecord, type SigningKey } from "./dkim.ts";
import { checkDmarc } from "./dmarc.ts";
import { type Resolver, ResolverError } from "./port.ts";
import { checkReverseName } from "./reverse_name.ts";
import { checkSenderDomain } from "./sender_domain.ts";
import { checkSpf } from "./spf.ts";

/** What is known about how emails are sent. */
export interface SenderFacts {
  /** The domain of the From address, in ASCII. */
  readonly from: string;
  /** That of the envelope sender; `undefined` if a service chooses it. */
  readonly envelope: string | undefined;
  /** What this service signs with. */
  readonly signing: SigningKey | undefined;
  /** The mail server; `undefined` if a service or a program sends. */
  readonly mailServer: string | undefined;
  /** Whether `doctor.resolver` names the resolver. */
  readonly isResolverChosen: boolean;
}

/** Checks the records. Never rejects. */
export async function checkSenderRecords(
  facts: SenderFacts,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const { from, envelope, signing, mailServer } = facts;
  const first = await attempt(
    "sender's domain",
    facts,
    resolver,
    () => checkSenderDomain(from, resolver, signal),
  );
  // What is missing below a domain that does not exist, or in a DNS that does not answer, is the same
  // fault again.
  if (first.result === "error" || first.result === "skipped") return [first];
  const others: Promise<Check>[] = [
    envelope === undefined
      ? now(skipped("SPF", "the domain of the envelope sender is chosen by what sends the emails"))
      : attempt("SPF", facts, resolver, () => checkSpf(envelope, resolver, signal)),
    signing === undefined
      ? now(skipped("DKIM", "this service does not sign: that is left to what sends the emails"))
      : attempt("DKIM", facts, resolver, () => checkDkimRecord(signing, resolver, signal)),
    attempt(
      "DMARC",
      facts,
      resolver,
      () => checkDmarc({ from, envelope, signature: signing?.domain }, resolver, signal),
    ),
    mailServer === undefined
      ? now(skipped("reverse name", "the emails are not handed to a mail server by name"))
      : attempt(
        "reverse name",
        facts,
        resolver,
        () => checkReverseName(mailServer, resolver, signal),
      ),
  ];
  return [first, ...await Promise.all(others)];
}

function now(check: Check): Promise<Check> {
  return Promise.resolve(check);
}

// A machine without the Internet may well send emails; a resolver that was named has to answer.
async function attempt(
  name: string,
  { isResolverChosen }: Pick<SenderFacts, "isResolverChosen">,
  resolver: Resolver,
  work: () => Promise<Check>,
): Promise<Check> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ResolverError)) throw cause;
    const seen = `the DNS does not tell: ${cause.message}`;
    if (isResolverChosen) {
      return error(
        name,
        seen,
        "Correct doctor.resolver, or remove it to ask this machine's servers.",
      );
    }
    const asked = resolver.servers.length === 0
      ? ""
      : `, instead of ${resolver.servers.join(", ")}`;
    return skipped(name, seen, `Name a DNS server that answers in doctor.resolver${asked}.`);
  }
}
