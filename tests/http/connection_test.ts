import assert from "node:assert/strict";
import { createHttpApp } from "../../src/http/app.ts";
import { MAX_BODY_BYTES } from "../../src/http/appservice.ts";
import { Secret } from "../../src/settings/secret.ts";
import { systemClock } from "../../src/system/clock.ts";
import { serveHttp } from "../../src/http/server/server.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { RawConnection } from "./raw_connection.ts";

const TOKEN = "hs_VDxUpXFqbN4Qh2rK";
const PATH = "/_matrix/app/v1/transactions/1";
const KEY = `Authorization: Bearer ${TOKEN}`;

/** The application behind a real server on a port of its own. */
class Server implements AsyncDisposable {
  readonly bodies: string[] = [];
  readonly #logs = collectLogs();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #server = serveHttp({
    listener: this.#listener,
    maxConnections: 10,
    clock: systemClock,
    handler: createHttpApp({
      hsToken: new Secret(TOKEN),
      clock: systemClock,
      accept: (body) => {
        this.bodies.push(new TextDecoder().decode(body));
        return Promise.resolve({ kind: "accepted" });
      },
    }).fetch,
  });

  connect(): Promise<RawConnection> {
    return RawConnection.open(this.#listener.addr.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await (await this.#logs)[Symbol.asyncDispose]();
  }
}

function transaction(body: string, ...headers: string[]): string[] {
  return [
    `PUT ${PATH} HTTP/1.1`,
    "Host: localhost",
    `Content-Length: ${body.length}`,
    ...headers,
    "",
    body,
  ];
}

Deno.test("a connection outlives a refusal, a wrong method and an unknown path", async () => {
  await using server = new Server();
  using connection = await server.connect();
  const body = '{"events":[]}'.padEnd(300_000);
  await connection.send(...transaction(body));
  assert.equal((await connection.response())?.[0], 401);
  await connection.send(...transaction(body, "Authorization: Bearer wrong"));
  assert.equal((await connection.response())?.[0], 403);
  await connection.send(...transaction(body, KEY).with(0, `POST ${PATH} HTTP/1.1`));
  assert.equal((await connection.response())?.[0], 405);
  await connection.send(...transaction(body, KEY).with(0, "PUT /nowhere HTTP/1.1"));
  assert.equal((await connection.response())?.[0], 404);
  assert.deepEqual(server.bodies, []);

  await connection.send(...transaction("{}", KEY));
  assert.deepEqual(await connection.response(), [200, "{}"]);
  assert.deepEqual(server.bodies, ["{}"]);
});

Deno.test("a stranger's large body is not read to its end", async () => {
  await using server = new Server();
  using connection = await server.connect();
  await connection.send(
    `PUT ${PATH} HTTP/1.1`,
    "Host: localhost",
    `Content-Length: ${MAX_BODY_BYTES}`,
    "",
    "{",
  );
  assert.equal((await connection.response())?.[0], 401);
});

Deno.test("a chunked body cannot exceed the limit", async () => {
  await using server = new Server();
  for (const [headers, status] of [[[KEY], 413], [[], 401]] as const) {
    using connection = await server.connect();
    await connection.send(
      `PUT ${PATH} HTTP/1.1`,
      "Host: localhost",
      "Transfer-Encoding: chunked",
      ...headers,
      "",
      "",
    );
    const chunk = "x".repeat(1024 * 1024);
    let sent = 0;
    try {
      for (; sent < 2 * MAX_BODY_BYTES; sent += chunk.length) {
        await connection.send(chunk.length.toString(16), chunk, "");
      }
      assert.fail("all of it was read");
    } catch (error) {
      // The server closed the connection.
      assert.ok(
        error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset,
      );
    }
    const response = await connection.response();
    // Closing a connection that is being written to may lose the response.
    if (response) assert.equal(response[0], status);
  }
  assert.deepEqual(server.bodies, []);
});

Deno.test("no part of a body is accepted whose client goes away", async () => {
  await using server = new Server();
  {
    using connection = await server.connect();
    await connection.send(...transaction("x".repeat(1000), KEY).with(-1, '{"events":[]}'));
  }
  using connection = await server.connect();
  await connection.send(...transaction("{}", KEY));
  assert.equal((await connection.response())?.[0], 200);
  assert.deepEqual(server.bodies, ["{}"]);
});

Deno.test("raw and broken paths get a response", async () => {
  await using server = new Server();
  using connection = await server.connect();
  const paths = [
    "/_matrix/app/v1/users/@bob:example.org",
    "/users/%",
    "//",
    "/users/@a%00b",
  ];
  for (const path of paths) {
    await connection.send(`GET ${path} HTTP/1.1`, "Host: localhost", KEY, "", "");
    const [status, body] = await connection.response() ?? [];
    assert.equal(status, 404);
    assert.match(JSON.parse(body ?? "").errcode, /^M_(NOT_FOUND|UNRECOGNIZED)$/);
  }
});
