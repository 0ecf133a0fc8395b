/**
 * Search filters of LDAP as text (RFC 4515).
 *
 * @module
 */

/** What an entry has to be like. Values are bytes: not all attributes have text. */
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
    /** What stands before, between and after the asterisks; empty ones say nothing. */
    readonly parts: readonly Uint8Array[];
  }
  | {
    readonly kind: "extensible";
    readonly attribute: string;
    readonly rule: string;
    readonly inDn: boolean;
    readonly value: Uint8Array;
  };

/** A text is no filter; the message says where and why. */
export class FilterError extends Error {
  /** The name of this kind of error. */
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
// Deeper ones exhaust the stack, here or in the directory.
const DEEPEST = 50;

/** Whether the text is the name of an attribute, perhaps with options (RFC 4512, section 2.5). */
export function isAttributeName(text: string): boolean {
  return ATTRIBUTE.test(text);
}

/**
 * Reads a filter. The outermost parentheses may be missing, and there may be blanks and line
 * breaks between the parts, as a configuration has them.
 *
 * @throws {FilterError} When it is none.
 */
export function parseLdapFilter(text: string): LdapFilter {
  const trimmed = text.trim();
  const source = trimmed.startsWith("(") ? trimmed : `(${trimmed})`;
  let at = 0;
  const filter = parseFilter(0);
  skipBlanks();
  if (at < source.length) throw fault("there is something after the last parenthesis");
  return filter;

  function parseFilter(depth: number): LdapFilter {
    if (depth > DEEPEST) throw fault("it is nested too deeply");
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

/** The value with everything escaped that a filter gives a meaning to, or that has no glyph. */
export function escapeFilterValue(value: string): string {
  // deno-lint-ignore no-control-regex
  return value.replace(/[\0-\x1f\x7f*()\\]/g, (character) => {
    return `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

const encoder = new TextEncoder();

// Escapes are bytes, of which several may make one character: \c3\a9 is an é.
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
