import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { formatEndpoint } from "../../src/net/endpoint.ts";
import { openSocket, startTls } from "../../src/net/socket.ts";
import { isUntrusted, SocketError, socketError, TlsError } from "../../src/net/socket_error.ts";
import { CA, ELSEWHERE, LOCALHOST, UNRELATED_CA } from "../fakes/net/certificates.ts";
import { AUTHORITY, FORGED, STOLEN, VERSION_1 } from "../fakes/net/faulty_certificates.ts";
import { startTlsFront } from "../fakes/net/tls_front.ts";

const never = new AbortController().signal;

// Accepts connections, and says nothing on them.
function listen() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) accepted.push(connection);
  })();
  return {
    endpoint: { host: "127.0.0.1", port: listener.addr.port },
    accepted,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of accepted) connection.close();
    },
  };
}

// Echoes what it receives.
function listenTls(certificate: { readonly cert: string; readonly key: string }) {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate });
  const serving = (async () => {
    for (;;) {
      const connection = await listener.accept().catch(() => undefined);
      if (connection === undefined) return;
      await connection.readable.pipeTo(connection.writable).catch(() => {});
    }
  })();
  return {
    endpoint: { host: "127.0.0.1", port: listener.addr.port },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function close(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve()).destroy();
  await promise;
}

function openTls(
  endpoint: { readonly host: string; readonly port: number },
  ca: readonly string[],
  anyHost?: boolean,
): Promise<Socket> {
  const trust = { verify: true, ca, anyHost };
  return openSocket(endpoint, never, (socket, closed) => startTls(socket, endpoint, trust, closed));
}

async function echo(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  socket.once("data", (data) => resolve(data.toString())).once("error", reject);
  socket.write("hello");
  return await promise;
}

Deno.test("a signal that is aborted after the connection was made leaves it open", async () => {
  await using server = listen();
  const controller = new AbortController();
  const socket = await openSocket(server.endpoint, controller.signal);
  controller.abort();
  await Promise.resolve();
  assert.equal(socket.destroyed, false);
  await close(socket);
});

Deno.test("an aborted signal ends the connection attempt with its reason", async () => {
  await using server = listen();
  const controller = new AbortController();
  const secured = openSocket(server.endpoint, controller.signal, (socket, closed) => {
    queueMicrotask(() => controller.abort(new Error("enough")));
    return startTls(socket, server.endpoint, { verify: true }, closed);
  });
  await assert.rejects(secured, { message: "enough" });
  await assert.rejects(openSocket(server.endpoint, controller.signal), { message: "enough" });
});

Deno.test("a port where nothing listens is an error with host, port and code", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(openSocket({ host: "127.0.0.1", port }, never), (error) => {
    assert.ok(error instanceof SocketError);
    assert.deepEqual([error.host, error.port, error.code], ["127.0.0.1", port, "ECONNREFUSED"]);
    assert.equal(error.message, `127.0.0.1:${port} cannot be reached (ECONNREFUSED)`);
    return true;
  });
});

Deno.test("TLS with a certificate that verifies", async () => {
  await using server = listenTls(LOCALHOST);
  const socket = await openTls(server.endpoint, [CA]);
  assert.equal(await echo(socket), "hello");
  await close(socket);
});

Deno.test("a certificate that does not verify is an error with host, port and reason", async () => {
  const cases = [
    { certificate: LOCALHOST, ca: UNRELATED_CA, reason: "issued by " },
    { certificate: ELSEWHERE, ca: CA, reason: 'for "mail.example.net", not for "127.0.0.1"' },
  ];
  for (const { certificate, ca, reason } of cases) {
    await using server = listenTls(certificate);
    await assert.rejects(openTls(server.endpoint, [ca]), (error) => {
      assert.ok(error instanceof TlsError);
      assert.deepEqual([error.host, error.port], [server.endpoint.host, server.endpoint.port]);
      const where = formatEndpoint(server.endpoint);
      assert.ok(error.message.startsWith(`${where}: the certificate is ${reason}`), error.message);
      return true;
    });
  }
});

Deno.test("a forged certificate is refused before anything is sent", async () => {
  for (const [identity, ca] of [[FORGED, AUTHORITY], [STOLEN, VERSION_1.cert]] as const) {
    await using server = await startTlsFront(identity);
    const endpoint = { host: "localhost", port: server.port };
    // Only such a certificate is refused although its chain seems to fit.
    await assert.rejects(openTls(endpoint, [ca], true), (error) => {
      assert.ok(error instanceof TlsError);
      assert.equal(error.fault.kind, "old_version");
      return true;
    });
    assert.equal(server.trusted, 0);
  }
});

Deno.test("a certificate for another host is taken where any host will do", async () => {
  await using server = listenTls(ELSEWHERE);
  const socket = await openTls(server.endpoint, [CA], true);
  assert.equal(await echo(socket), "hello");
  await close(socket);
});

Deno.test("errors without a code of the operating system are those of TLS, once it was begun", () => {
  const endpoint = { host: "2001:db8::1", port: 636 };
  const expired = Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" });
  const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  const unsaid = Object.assign(new Error("read UNKNOWN"), { code: "UNKNOWN" });
  assert.equal(
    socketError(endpoint, expired, true).message,
    "[2001:db8::1]:636: TLS failed: expired",
  );
  assert.equal(
    socketError(endpoint, unsaid, true).message,
    "[2001:db8::1]:636: TLS failed: perhaps its certificate does not verify",
  );
  assert.equal(isUntrusted(socketError(endpoint, expired, false)), false);
  assert.equal(isUntrusted(socketError(endpoint, reset, true)), false);
  assert.equal(isUntrusted(socketError(endpoint, undefined, true)), false);
  assert.equal(
    isUntrusted(new Error("store", { cause: new TlsError(endpoint, { kind: "self_signed" }) })),
    true,
  );
});
