/**
 * Python's regular expressions, in which Synapse reads the namespaces of a registration.
 *
 * @module
 */

/**
 * The expression in JavaScript's dialect, for `test`; it matches as Python's `re.match` does, which
 * means at the start of the text, and not necessarily up to its end. `undefined` when it is none,
 * or uses what JavaScript does not have, such as possessive quantifiers.
 */
export function compilePythonRegex(source: string): RegExp | undefined {
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(source) ?? [];
  const translated = translate(body);
  if (translated === undefined) return undefined;
  try {
    return new RegExp(`^(?:${translated})`, [...new Set(`u${flags}`)].join(""));
  } catch {
    return undefined; // A syntax error is an answer, not a failure: that is what was asked.
  }
}

// What the two dialects write differently, longest first.
const TOKEN =
  /\\[\s\S]|\(\?P<|\(\?P=\w+\)|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\{(?:\d+(?:,\d*)?|,\d+)\}|[{}\]]|[^\\{}[\]]/gy;

function translate(source: string): string | undefined {
  const tokens = source.match(TOKEN) ?? [];
  if (tokens.join("") !== source) return undefined;
  const parts = tokens.map((token) => {
    if (token.startsWith("\\")) return escape(token.slice(1));
    if (token === "(?P<") return "(?<";
    if (token.startsWith("(?P=")) return `\\k<${token.slice(4, -1)}>`;
    if (token.length > 1 && token.startsWith("[")) return characterClass(token);
    if (token.startsWith("{,")) return `{0${token.slice(1)}`;
    return /^[{}\]]$/.test(token) ? `\\${token}` : token;
  });
  return parts.includes(undefined) ? undefined : parts.join("");
}

// Python takes a backslash before every sign, JavaScript only before those that need one.
function escape(sign: string): string | undefined {
  if (sign === "A") return "^";
  if (sign === "Z") return "$";
  if (/^[dDwWsSbBnrtfv1-9xu]$/.test(sign)) return `\\${sign}`;
  if (/^[A-Za-z0-9]$/.test(sign)) return undefined;
  return RegExp.escape(sign);
}

function characterClass(token: string): string | undefined {
  const negated = token[1] === "^" ? "^" : "";
  const content = token.slice(1 + negated.length, -1).match(/\\[\s\S]|[\s\S]/g) ?? [];
  const parts = content.map((part) => {
    if (part.startsWith("\\") && /^\\[AZbB1-9]$/.test(part)) return undefined;
    if (part.startsWith("\\")) return escape(part.slice(1));
    return /^[[\]]$/.test(part) ? `\\${part}` : part;
  });
  return parts.includes(undefined) ? undefined : `[${negated}${parts.join("")}]`;
}
