/**
 * Translates Python's regular expressions, the dialect in which Synapse reads the namespaces of a
 * registration.
 *
 * @module
 */

/**
 * The expression in JavaScript's dialect. Like Python's `re.match`, it matches from the start of the
 * text, but not necessarily up to its end. `undefined` when it is invalid, or uses features that
 * JavaScript lacks, such as possessive quantifiers.
 */
export function compilePythonRegex(source: string): RegExp | undefined {
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(source) ?? [];
  const translated = translate(body);
  if (translated === undefined) return undefined;
  try {
    return new RegExp(`^(?:${translated})`, [...new Set(`u${flags}`)].join(""));
  } catch {
    return undefined; // invalid
  }
}

// The tokens that the two dialects write differently, longest first.
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

// Python accepts a backslash before any character, JavaScript only before those that need one.
function escape(character: string): string | undefined {
  if (character === "A") return "^";
  if (character === "Z") return "$";
  if (/^[dDwWsSbBnrtfv1-9xu]$/.test(character)) return `\\${character}`;
  if (/^[A-Za-z0-9]$/.test(character)) return undefined;
  return RegExp.escape(character);
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
