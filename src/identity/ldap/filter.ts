/**
 * Parses search filters (RFC 4515).
 *
 * @module
 */

/** A search filter. Values are bytes, as not every attribute holds text. */
export type LdapFilter =
  | { readonly kind: "and" | "or"; readonly filters: readonly LdapFilter[] }
  | { readonly kind: "not"; readonly filter: LdapFilter }
  | { readonly kind: "present"; readonly attribute: string }
  | {
    readonly kind: "equal" | "approximate" | "least" | "most";
    readonly attribute: string;
    readonly value: Uint8Array;
  }
  | {
    readonly kind: "substrings";
    readonly attribute: string;
    /** The parts before, between and after the asterisks; empty ones match anything. */
    readonly parts: readonly Uint8Array[];
  }
  | {
    readonly kind: "extensible";
    readonly attribute: string;
    readonly rule: string;
    readonly inDn: boolean;
    readonly value: Uint8Array;
  };

/** A text is not a valid filter; the message says where and why. */
export class FilterError extends Error {
  override readonly name = "FilterError";
}

const DESCRIPTION = "(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\\.[0-9]+)*)(?:;[A-Za-z0-9-]+)*";
const ATTRIBUTE = new RegExp(`^${DESCRIPTION}$`);
const ITEM = new RegExp(`(${DESCRIPTION})(=|~=|>=|<=)`, "y");
const EXTENSIBLE = new RegExp(
  `(${DESCRIPTION})?(:[dD][nN])?(?::([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\\.[0-9]+)*))?:=`,
  "y",
);
const COMPARISONS = { "=": "equal", "~=": "approximate", ">=": "least", "<=": "most" } as const;
// Deeper nesting exhausts the stack, here or in the directory.
const MAX_DEPTH = 50;

/** Whether a text is an attribute description: a name, perhaps with options (RFC 4512, section 2.5). */
export function isAttributeName(text: string): boolean {
  return ATTRIBUTE.test(text);
}

/**
 * Parses a filter. As in configurations, the outermost parentheses may be missing, and blanks and
 * line breaks are allowed between the parts.
 *
 * @throws {FilterError} If the text is not a valid filter.
 */
export function parseLdapFilter(text: string): LdapFilter {
  const trimmed = text.trim();
  const source = trimmed.startsWith("(") ? trimmed : `(${trimmed})`;
  let at = 0;
  const filter = parseFilter(0);
  skipBlanks();
  if (at < source.length) throw fault("unexpected text after the last parenthesis");
  return filter;

  function parseFilter(depth: number): LdapFilter {
    if (depth > MAX_DEPTH) throw fault("it is nested too deeply");
    skipBlanks();
    expect("(");
    skipBlanks();
    const filter = parseInside(depth);
    expect(")");
    return filter;
  }

  function parseInside(depth: number): LdapFilter {
    const sign = source[at];
    if (sign !== "&" && sign !== "|" && sign !== "!") return parseItem();
    at++;
    if (sign === "!") {
      const filter = parseFilter(depth + 1);
      skipBlanks();
      return { kind: "not", filter };
    }
    const filters: LdapFilter[] = [];
    for (skipBlanks(); source[at] === "("; skipBlanks()) filters.push(parseFilter(depth + 1));
    return { kind: sign === "&" ? "and" : "or", filters };
  }

  function parseItem(): LdapFilter {
    ITEM.lastIndex = EXTENSIBLE.lastIndex = at;
    const [matched, attribute = "", sign] = ITEM.exec(source) ?? [];
    if (matched === undefined) return parseExtensible();
    at += matched.length;
    const raw = readValue();
    const kind = COMPARISONS[sign as keyof typeof COMPARISONS];
    if (kind !== "equal" || !raw.includes("*")) return { kind, attribute, value: bytes(raw) };
    if (raw === "*") return { kind: "present", attribute };
    return { kind: "substrings", attribute, parts: raw.split("*").map(bytes) };
  }

  function parseExtensible(): LdapFilter {
    const [matched, attribute = "", dn, rule = ""] = EXTENSIBLE.exec(source) ?? [];
    if (matched === undefined || (attribute === "" && rule === "")) {
      throw fault("expected a comparison such as mail=*");
    }
    at += matched.length;
    const inDn = dn !== undefined;
    return { kind: "extensible", attribute, rule, inDn, value: bytes(readValue()) };
  }

  function readValue(): string {
    const end = source.slice(at).search(/[()]/);
    const raw = end < 0 ? source.slice(at) : source.slice(at, at + end);
    const escape = raw.search(/\\(?![0-9A-Fa-f]{2})/);
    if (escape >= 0) {
      at += escape;
      throw fault("after a backslash two hexadecimal digits are expected: \\5c is a backslash");
    }
    at += raw.length;
    return raw;
  }

  function expect(sign: string): void {
    if (source[at] !== sign) throw fault(`expected ${sign}`);
    at++;
  }

  function skipBlanks(): void {
    while (/\s/.test(source[at] ?? "")) at++;
  }

  function fault(reason: string): FilterError {
    const added = source.length - trimmed.length === 0 ? 1 : 0;
    return new FilterError(`at character ${Math.min(at + added, trimmed.length + 1)}: ${reason}`);
  }
}

/** Escapes the special and control characters in a value. */
export function escapeFilterValue(value: string): string {
  // deno-lint-ignore no-control-regex
  return value.replace(/[\0-\x1f\x7f*()\\]/g, (character) => {
    return `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

const encoder = new TextEncoder();

// Escapes are bytes, and a character may consist of several: \c3\a9 is an é.
function bytes(raw: string): Uint8Array {
  const parts = raw.split(/(\\[0-9A-Fa-f]{2})/).map((part) =>
    part.startsWith("\\") ? Uint8Array.fromHex(part.slice(1)) : encoder.encode(part)
  );
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}
