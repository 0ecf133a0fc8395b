import assert from "node:assert/strict";
import { type HttpClient, openHttpClient } from "../../src/net/http_client.ts";
import { HttpError } from "../../src/net/http_error.ts";
import { SocketError, TlsError } from "../../src/net/socket_error.ts";
import { systemClock } from "../../src/system/clock.ts";
import { AUTHORITY, BY_AUTHORITY } from "../fakes/net/faulty_certificates.ts";
import { startTlsFront } from "../fakes/net/tls_front.ts";
import { thoroughTest } from "../thorough.ts";

function open(): HttpClient {
  return openHttpClient({ clock: systemClock, authorities: [AUTHORITY] });
}

/** A server that answers the n-th request of a connection with the n-th text, then with the last. */
function rawServer(...answers: readonly (string | null)[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const requests: string[] = [];
  let opened = 0;
  async function serve(connection: Deno.Conn): Promise<void> {
    connections.add(connection);
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let n = 0;; n++) {
        const read = await connection.read(buffer);
        if (read === null) break;
        requests.push(new TextDecoder().decode(buffer.subarray(0, read)));
        const answer = answers[Math.min(n, answers.length - 1)];
        if (answer === null || answer === undefined) break;
        await connection.write(Uint8Array.from(answer, (character) => character.charCodeAt(0)));
        if (answer.includes("close")) break;
      }
    } catch {
      // The client has hung up.
    }
    connections.delete(connection);
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  }
  const serving = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of listener) {
      opened++;
      all.push(serve(connection));
    }
    await Promise.all(all);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    port: listener.addr.port,
    requests,
    get opened() {
      return opened;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of connections) connection.close();
      await serving;
    },
  };
}

Deno.test("responses are read by their length, in chunks, and to the end of the connection", async () => {
  const cases: [string, number, string][] = [
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, "hello"],
    ["HTTP/1.1 200\r\nContent-Length: 5, 5\r\n\r\nhello", 200, "hello"],
    [
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nx: y\r\n\r\n",
      200,
      "hello",
    ],
    ["HTTP/1.0 404 No\r\nconnection: close\r\n\r\nhello", 404, "hello"],
    ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n", 204, ""],
    ["HTTP/1.1 304 Same\r\ncontent-length: 5\r\n\r\n", 304, ""],
    ["HTTP/1.1 307 Elsewhere\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n", 307, ""],
  ];
  for (const [answer, status, text] of cases) {
    await using server = rawServer(answer);
    using client = open();
    const response = await client.fetch(server.url);
    assert.deepEqual([response.status, await response.text()], [status, text], answer);
  }
});

Deno.test("a response that is not valid HTTP is refused", async () => {
  const long = `x: ${"y".repeat(70_000)}`;
  const cases: [string, string][] = [
    ["220 mail.example.org ESMTP\r\n", "no_http"],
    ["\x15\x03\x03\x00\x02\x02\x46", "speaks_tls"],
    ["HTTP/2 200\r\n\r\n", "malformed"],
    ["HTTP/1.1 999 Odd\r\n\r\n", "malformed"],
    ["HTTP/1.1 101 Switching\r\n\r\n", "malformed"],
    ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed"],
    ["HTTP/1.1 200 OK\r\na: b\r\n c: folded\r\n\r\n", "malformed"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!", "malformed"],
    ["HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n", "malformed"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", "malformed"],
    [`HTTP/1.1 200 OK\r\n${long}\r\n\r\n`, "malformed"],
  ];
  for (const [answer, fault] of cases) {
    await using server = rawServer(answer);
    using client = open();
    await assert.rejects(client.fetch(server.url), (error: unknown) => {
      assert.ok(error instanceof HttpError, String(error));
      assert.deepEqual([error.fault, error.port], [fault, server.port], answer.slice(0, 80));
      return true;
    });
  }
});

Deno.test("a body that ends early or has a wrong chunk fails while it is read", async () => {
  const cases = [
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfive\r\nhello\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhello\r\n",
  ];
  for (const answer of cases) {
    await using server = rawServer(answer);
    using client = open();
    const response = await client.fetch(server.url);
    await assert.rejects(response.text(), HttpError, answer);
  }
});

Deno.test("a connection is used again, unless the server closes it or the body was not read", async () => {
  const kept = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
  const closed = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
  for (const [answer, opened] of [[kept, 1], [closed, 3]] as const) {
    await using server = rawServer(answer);
    using client = open();
    for (let n = 0; n < 3; n++) await (await client.fetch(server.url)).text();
    assert.equal(server.opened, opened);
  }
  await using server = rawServer(kept);
  using client = open();
  await (await client.fetch(server.url)).body?.cancel();
  await (await client.fetch(server.url)).text();
  assert.equal(server.opened, 2);
});

Deno.test("a request on a connection that was closed meanwhile is repeated, but no POST", async () => {
  const answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
  for (const method of ["GET", "POST"]) {
    await using server = rawServer(answer, null);
    using client = open();
    await (await client.fetch(server.url)).text();
    const second = client.fetch(server.url, { method });
    if (method === "GET") assert.equal(await (await second).text(), "ok");
    else await assert.rejects(second, HttpError);
    assert.equal(server.opened, method === "GET" ? 2 : 1);
  }
});

Deno.test("a request has its method, path, header fields and body, and asks for no compression", async () => {
  await using server = rawServer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  using client = open();
  const headers = { authorization: "Bearer t\u00f6ken", "content-type": "application/json" };
  await client.fetch(`${server.url}/a%20b?c=d#e`, { method: "POST", headers, body: "{}" });
  const [request = ""] = server.requests;
  assert.match(request, /^POST \/a%20b\?c=d HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/);
  assert.match(request, /\r\ncontent-length: 2\r\n/);
  assert.doesNotMatch(request, /accept-encoding/);
  await assert.rejects(client.fetch(server.url, { headers: { x: "a\r\nb: c" } }), TypeError);
});

Deno.test("an abort ends a request with its reason, also while the body is read", async () => {
  await using server = rawServer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello");
  using client = open();
  const controller = new AbortController();
  const response = await client.fetch(server.url, { signal: controller.signal });
  const reading = response.text();
  controller.abort(new Error("enough"));
  await assert.rejects(reading);
  const aborted = client.fetch(server.url, { signal: controller.signal });
  await assert.rejects(aborted, { message: "enough" });
});

/** Does it within five seconds, at the third attempt at the latest: the machine may be busy. */
async function withinFiveSeconds(work: () => Promise<void>): Promise<void> {
  const times: number[] = [];
  while (times.length < 3) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
    if (Math.min(...times) < 5000) return;
  }
  assert.fail(`it took ${times.map(Math.round)} ms`);
}

Deno.test("the wrong protocol is told within five seconds, in either direction", async () => {
  using client = open();
  // Says nothing to what is no request, as servers do that wait for the end of a line.
  await using silent = rawServer("");
  await using plain = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("ok"),
  );
  const waiting = new AbortController();
  const unanswered = client.fetch(`https://localhost:${silent.port}`, { signal: waiting.signal });
  await using secure = await startTlsFront(BY_AUTHORITY);
  await withinFiveSeconds(async () => {
    await assert.rejects(client.fetch(`https://localhost:${plain.addr.port}`), (error: unknown) => {
      assert.ok(error instanceof TlsError, String(error));
      assert.equal(error.fault.kind, "no_tls");
      return true;
    });
    await assert.rejects(client.fetch(`http://localhost:${secure.port}`), (error: unknown) => {
      assert.ok(error instanceof HttpError, String(error));
      assert.equal(error.fault, "speaks_tls");
      return true;
    });
  });
  waiting.abort(new Error("enough"));
  await assert.rejects(unanswered, { message: "enough" });
});

thoroughTest("a server that waits in silence for a line of HTTP is found out", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const all: Promise<void>[] = [];
    for await (const connection of listener) {
      all.push((async () => {
        const buffer = new Uint8Array(4096);
        for (let read = await connection.read(buffer).catch(() => null); read !== null;) {
          if (buffer[0] !== 0x16) {
            await connection.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\n\r\n"));
            break;
          }
          read = await connection.read(buffer).catch(() => null);
        }
        connection.close();
      })());
    }
    await Promise.all(all);
  })();
  using client = open();
  await withinFiveSeconds(() =>
    assert.rejects(
      client.fetch(`https://localhost:${listener.addr.port}`),
      (error: unknown) => {
        assert.ok(error instanceof TlsError, String(error));
        assert.deepEqual(error.fault, { kind: "no_tls", speaks: "http" });
        return true;
      },
    )
  );
  listener.close();
  await serving;
});

Deno.test("a port where nothing listens is an error with host, port and code", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  using client = open();
  await assert.rejects(client.fetch(`http://127.0.0.1:${port}`), (error: unknown) => {
    assert.ok(error instanceof SocketError);
    assert.deepEqual([error.code, error.port], ["ECONNREFUSED", port]);
    return true;
  });
});
