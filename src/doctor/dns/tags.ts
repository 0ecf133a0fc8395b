/**
 * Reads records of tags and values, as DKIM and DMARC have them (RFC 6376, section 3.2).
 *
 * @module
 */

/** The values of a record by their tags; `undefined` if it is no list of tags. */
export function parseTags(record: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const part of record.split(";")) {
    if (part.trim() === "") continue;
    const [, tag, value] = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=(.*)$/s.exec(part) ?? [];
    if (tag === undefined || value === undefined || tags.has(tag)) return undefined;
    tags.set(tag, value.trim());
  }
  return tags;
}
