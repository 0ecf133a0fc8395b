/**
 * The port to the DNS.
 *
 * @module
 */

/** A type of records. */
export type RecordType = "A" | "AAAA" | "MX" | "PTR" | "TXT";

/** What came of a question. */
export type Answer =
  /**
   * Its records: addresses, names without a final dot, texts; of MX such as `10 mail.example.org`,
   * where `0 .` stands for a domain that accepts no mail (RFC 7505).
   */
  | { readonly kind: "records"; readonly values: readonly string[] }
  /** The name has no record of this type; `exists` is whether there is such a name at all. */
  | { readonly kind: "none"; readonly exists: boolean }
  /** It cannot be told. */
  | { readonly kind: "failed"; readonly reason: string };

/** Asks the DNS. */
export interface Resolver {
  /** The servers that are asked, for display. */
  readonly servers: readonly string[];
  /** Asks for the records of a name, in ASCII. Never rejects. */
  query(name: string, type: RecordType, signal?: AbortSignal): Promise<Answer>;
}

/** A record that is needed for a check could not be asked for. */
export class ResolverError extends Error {
  /** The name of this kind of error. */
  override readonly name = "ResolverError";
}

/**
 * The records, none if there are none.
 *
 * @throws {ResolverError} If that cannot be told.
 */
export async function recordsOf(
  resolver: Resolver,
  name: string,
  type: RecordType,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const answer = await resolver.query(name, type, signal);
  if (answer.kind === "failed") throw new ResolverError(answer.reason);
  return answer.kind === "records" ? answer.values : [];
}
