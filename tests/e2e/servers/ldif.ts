/**
 * Directory entries as text (RFC 2849).
 *
 * @module
 */

/** An entry's attributes, each with one value or several. */
export type Attributes = Readonly<Record<string, string | readonly string[]>>;

/** The entry as LDIF. Every value is in base64, because it may have any characters. */
export function ldifEntry(dn: string, attributes: Attributes): string {
  const encode = (text: string) => new TextEncoder().encode(text).toBase64();
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}:: ${encode(value)}\n`)
  );
  return `dn:: ${encode(dn)}\n${lines.join("")}\n`;
}
