/**
 * Parses the head of a request (RFC 9112), and refuses whatever two parsers could understand in two
 * ways: a proxy in front must never see another request than this service.
 *
 * @module
 */

/** How a body ends. */
export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** An absolute URL. */
  readonly url: string;
  /** In their order; the names in lower case. */
  readonly headers: [name: string, value: string][];
  readonly framing: Framing;
  /** Whether the connection may be used for another request. */
  readonly keepAlive: boolean;
  /** Whether the client waits for "100 Continue" before it sends the body. */
  readonly expectsContinue: boolean;
}

/** Why a head is refused. */
export interface BadHead {
  readonly status: 400 | 431 | 501 | 505;
  readonly reason: string;
}

const MAX_FIELDS = 100;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const REQUEST_LINE = /^([^ ]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/;
// No control characters except the tab.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const HOST = /^[\w.~%:[\]-]*$/;
// The Fetch standard has no requests of these.
const UNSUPPORTED_METHODS: readonly string[] = ["CONNECT", "TRACE", "TRACK"];

/**
 * Parses a head.
 *
 * @param text Its bytes as Latin-1, without the empty line at its end.
 */
export function parseHead(text: string): RequestHead | BadHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const [, method = "", target = "", major, minor] = REQUEST_LINE.exec(requestLine) ?? [];
  if (major === undefined) return bad("malformed request line");
  if (major !== "1") return { status: 505, reason: "not HTTP/1.1" };
  if (!TOKEN.test(method)) return bad("malformed method");
  if (UNSUPPORTED_METHODS.includes(method.toUpperCase())) {
    return { status: 501, reason: "unsupported method" };
  }
  if (lines.length > MAX_FIELDS) return { status: 431, reason: "too many header fields" };
  const headers: [string, string][] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1);
    if (!TOKEN.test(name) || !VALUE.test(value)) return bad("malformed header field");
    headers.push([name, withoutBlanks(value)]);
  }
  return interpret({ method, target, old: minor === "0", headers });
}

interface Parts {
  readonly method: string;
  readonly target: string;
  /** Whether it is HTTP/1.0. */
  readonly old: boolean;
  readonly headers: [string, string][];
}

function interpret({ method, target, old, headers }: Parts): RequestHead | BadHead {
  const all = (wanted: string) =>
    headers.filter(([name]) => name === wanted).map(([, value]) => value);
  const hosts = all("host");
  if (hosts.length > 1 || (hosts.length === 0 && !old)) return bad("not one Host");
  const url = absoluteUrl(target, hosts[0] ?? "");
  if (url === undefined) return bad("malformed request target or Host");
  const framing = framingOf(all("content-length"), all("transfer-encoding"), old);
  if ("status" in framing) return framing;
  const options = all("connection").join(",").toLowerCase().split(",").map((text) => text.trim());
  return {
    method,
    url,
    headers,
    framing,
    keepAlive: !old && !options.includes("close"),
    expectsContinue: !old && all("expect").some((value) => /^100-continue$/i.test(value)),
  };
}

// Section 6.3. Both fields, or one of them twice, are how requests are smuggled.
function framingOf(
  lengths: readonly string[],
  encodings: readonly string[],
  old: boolean,
): Framing | BadHead {
  const [length = "0"] = lengths;
  const [encoding] = encodings;
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(length)) return bad("malformed Content-Length");
  if (encoding === undefined) return { kind: "length", bytes: Number(length) };
  if (lengths.length > 0 || old) return bad("Transfer-Encoding where it cannot be");
  if (encodings.length > 1 || !/^chunked$/i.test(encoding)) {
    return { status: 501, reason: "unsupported Transfer-Encoding" };
  }
  return { kind: "chunked" };
}

// The URL parser would resolve dot segments and turn backslashes around: what a proxy lets through as
// one path must not become another.
function absoluteUrl(target: string, host: string): string | undefined {
  if (!HOST.test(host)) return undefined;
  const path = /^http:\/\/[^/?#]*(\/.*)$/i.exec(target)?.[1] ?? target;
  if (!path.startsWith("/") || path.includes("\\") || hasDotSegments(path)) return undefined;
  // Some homeservers do not escape IDs: they mean no fragment, and send UTF-8.
  const escaped = path.replace(/[#\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  const url = `http://${host || "localhost"}${escaped}`;
  return URL.canParse(url) ? url : undefined;
}

function hasDotSegments(target: string): boolean {
  const [path = ""] = target.split("?");
  return path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

// Not `trim`, which takes away more, nor a regular expression, which takes quadratic time.
function withoutBlanks(value: string): string {
  const isBlank = (at: number) => value[at] === " " || value[at] === "\t";
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return value.slice(start, end);
}

function bad(reason: string): BadHead {
  return { status: 400, reason };
}
