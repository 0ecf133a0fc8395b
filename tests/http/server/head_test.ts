import assert from "node:assert/strict";
import { parseHead } from "../../../src/http/server/head.ts";

/** A head, with what is different from a usual one. */
function head(requestLine: string, ...fields: string[]): ReturnType<typeof parseHead> {
  return parseHead([requestLine, "Host: localhost", ...fields].join("\r\n"));
}

Deno.test("a usual head is parsed", () => {
  const fields = ["Authorization:Bearer x", "X-Empty:", "Content-Length: 5"];
  assert.deepEqual(head("PUT /a/b?c=d HTTP/1.1", ...fields), {
    method: "PUT",
    url: "http://localhost/a/b?c=d",
    headers: [
      ["host", "localhost"],
      ["authorization", "Bearer x"],
      ["x-empty", ""],
      ["content-length", "5"],
    ],
    framing: { kind: "length", bytes: 5 },
    keepAlive: true,
    expectsContinue: false,
  });
});

const TARGETS = [
  ["/", "http://localhost/"],
  ["//", "http://localhost//"],
  ["/users/@bob:example.org", "http://localhost/users/@bob:example.org"],
  ["/users/%", "http://localhost/users/%"],
  ["/rooms/#room:x", "http://localhost/rooms/%23room:x"],
  ["/caf\xc3\xa9", "http://localhost/caf%c3%a9"],
  ["/a..b/...?x=/../", "http://localhost/a..b/...?x=/../"],
  ["http://elsewhere.example/x?y", "http://localhost/x?y"],
] as const;

for (const [target, url] of TARGETS) {
  Deno.test(`the target ${target} is ${url}`, () => {
    const parsed = head(`GET ${target} HTTP/1.1`);
    assert.ok("url" in parsed);
    assert.equal(parsed.url, url);
  });
}

const REFUSED: readonly (readonly [what: string, status: number, text: string])[] = [
  ["nothing", 400, ""],
  ["no version", 400, "GET /\r\nHost: x"],
  ["two spaces", 400, "GET  / HTTP/1.1\r\nHost: x"],
  ["a tab for a space", 400, "GET\t/ HTTP/1.1\r\nHost: x"],
  ["HTTP/2 with prior knowledge", 505, "PRI * HTTP/2.0"],
  ["another version", 505, "GET / HTTP/3.0\r\nHost: x"],
  ["another protocol", 400, "GET / RTSP/1.0\r\nHost: x"],
  ["a method that is no token", 400, "G(T / HTTP/1.1\r\nHost: x"],
  ["CONNECT", 501, "CONNECT x:1 HTTP/1.1\r\nHost: x"],
  ["TRACE", 501, "TRACE / HTTP/1.1\r\nHost: x"],
  ["no path", 400, "OPTIONS * HTTP/1.1\r\nHost: x"],
  ["a path that does not begin with a slash", 400, "GET x HTTP/1.1\r\nHost: x"],
  ["dot segments", 400, "GET /stop/../users/x HTTP/1.1\r\nHost: x"],
  ["a dot segment at the end", 400, "GET /stop/.. HTTP/1.1\r\nHost: x"],
  ["percent-encoded dot segments", 400, "GET /stop/%2e%2E/users/x HTTP/1.1\r\nHost: x"],
  ["a dot", 400, "GET /%2e HTTP/1.1\r\nHost: x"],
  ["a backslash", 400, "GET /stop\\..\\users HTTP/1.1\r\nHost: x"],
  ["a control character in the path", 400, "GET /a\0b HTTP/1.1\r\nHost: x"],
  ["no Host", 400, "GET / HTTP/1.1\r\nAccept: x"],
  ["two Hosts", 400, "GET / HTTP/1.1\r\nHost: x\r\nHost: x"],
  ["a Host with a path", 400, "GET / HTTP/1.1\r\nHost: x/y"],
  ["a Host with a user", 400, "GET / HTTP/1.1\r\nHost: user@x"],
  ["a Host whose port is none", 400, "GET / HTTP/1.1\r\nHost: x:99999"],
  ["a field without a colon", 400, "GET / HTTP/1.1\r\nHost: x\r\nAccept"],
  ["a field without a name", 400, "GET / HTTP/1.1\r\nHost: x\r\n: y"],
  ["a blank before the colon", 400, "GET / HTTP/1.1\r\nHost: x\r\nAccept : y"],
  ["a folded field", 400, "GET / HTTP/1.1\r\nHost: x\r\nAccept: y\r\n z"],
  ["a line feed alone", 400, "GET / HTTP/1.1\nHost: x"],
  ["a line feed in a field", 400, "GET / HTTP/1.1\r\nHost: x\r\nAccept: y\nContent-Length: 5"],
  ["a carriage return in a field", 400, "GET / HTTP/1.1\r\nHost: x\r\nAccept: y\rz"],
  ["too many fields", 431, `GET / HTTP/1.1\r\nHost: x${"\r\na: b".repeat(100)}`],
  ["a length that is no number", 400, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: +5"],
  ["an empty length", 400, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length:"],
  ["a hexadecimal length", 400, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5"],
  ["a list of lengths", 400, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5"],
  [
    "a length that is too long",
    400,
    "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999",
  ],
  [
    "two lengths",
    400,
    "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5",
  ],
  [
    "a length and chunks",
    400,
    "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
  ],
  ["chunks in HTTP/1.0", 400, "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked"],
  ["another encoding", 501, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked"],
  [
    "a control character before the encoding",
    400,
    "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked",
  ],
  [
    "another blank before the encoding",
    501,
    "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \xa0chunked",
  ],
  [
    "two encodings",
    501,
    "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  ],
];

for (const [what, status, text] of REFUSED) {
  Deno.test(`a head with ${what} gets ${status}`, () => {
    const parsed = parseHead(text);
    assert.ok("status" in parsed, JSON.stringify(parsed));
    assert.equal(parsed.status, status);
  });
}

const KEPT: readonly (readonly [kept: boolean, text: string])[] = [
  [true, "GET / HTTP/1.1\r\nHost: x"],
  [true, "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive"],
  [false, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Close"],
  [false, "GET / HTTP/1.1\r\nHost: x\r\nConnection: te\r\nConnection: upgrade, close"],
  [false, "GET / HTTP/1.0"],
];

for (const [kept, text] of KEPT) {
  Deno.test(`a connection is ${kept ? "kept" : "closed"} after ${JSON.stringify(text)}`, () => {
    const parsed = parseHead(text);
    assert.ok("keepAlive" in parsed);
    assert.equal(parsed.keepAlive, kept);
  });
}

Deno.test("the longest head is parsed within a moment", () => {
  const blanks = " ".repeat(16_000);
  const lines = [`Accept: x${blanks}y`, `Accept: ${blanks}`, `Content-Length: 5${blanks}x`];
  // The fastest time counts: other programs may have used the machine.
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (const line of lines) head("GET / HTTP/1.1", line);
    return performance.now() - start;
  });
  assert.ok(Math.min(...times) < 1000, `${times}`);
});
