import fc from "fast-check";
import assert from "node:assert/strict";
import { type HomeserverOptions, openHomeserver } from "../../src/matrix/client.ts";
import type { PingResult } from "../../src/matrix/port.ts";
import { Secret } from "../../src/settings/secret.ts";
import { systemRandom } from "../../src/system/random.ts";
import { refusal, type Reply, ScriptedHomeserver } from "../fakes/matrix/scripted_homeserver.ts";
import { fetchTrusting } from "../fakes/net/http_client.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";
import { codePoint } from "../fakes/text/code_point.ts";
import { runs } from "../thorough.ts";

const AS = "as-token-0123456789";
const HS = "hs-token-0123456789";

function options(url: string, more: Partial<HomeserverOptions> = {}): HomeserverOptions {
  return {
    url,
    registrationId: "appservice-mxisd",
    ownUrl: "http://mail.example.org:8090",
    asToken: new Secret(AS),
    hsToken: new Secret(HS),
    fetch: fetchTrusting(),
    timeout: 30_000,
    clock: new ManualClock(),
    random: systemRandom,
    ...more,
  };
}

async function ping(url: string, more: Partial<HomeserverOptions> = {}): Promise<PingResult> {
  const result = await openHomeserver(options(url, more)).ping();
  assert.doesNotMatch(JSON.stringify(result), /token-0123/);
  return result;
}

/** The result of a ping to which the homeserver gives this response. */
async function pingWith(
  reply: Reply,
  more: Partial<HomeserverOptions> = {},
): Promise<PingResult> {
  await using server = new ScriptedHomeserver({ [AS]: reply });
  return await ping(server.url, more);
}

/** Checks that a ping failed, for that reason, with that advice. */
function assertFailed(result: PingResult, reason: RegExp, advice: RegExp): void {
  assert.ok(result.kind === "failed", JSON.stringify(result));
  assert.match(result.reason, reason);
  assert.match(result.advice, advice);
}

Deno.test("a homeserver that reached this service says how long it took", async () => {
  await using server = new ScriptedHomeserver({ [AS]: () => Response.json({ duration_ms: 7 }) });
  assert.deepEqual(await ping(server.url), { kind: "reached", milliseconds: 7 });
  assert.deepEqual(await ping(`${server.url}/`), { kind: "reached", milliseconds: 7 });
  assert.deepEqual(server.tokens, [AS, AS]);
  assert.notEqual(server.transactions[0], server.transactions[1]);
});

Deno.test("a registration's ID is encoded in the path", async () => {
  const replies = { [AS]: () => Response.json({ duration_ms: 7 }) };
  await using server = new ScriptedHomeserver(replies, "a/b ?");
  const result = await ping(server.url, { registrationId: "a/b ?" });
  assert.deepEqual(result, { kind: "reached", milliseconds: 7 });
});

Deno.test("without an as_token nothing is requested", async () => {
  const result = await ping("http://127.0.0.1", {
    asToken: undefined,
    fetch: () => assert.fail("asked"),
  });
  assert.ok(result.kind === "unsupported");
  assert.match(result.advice, /^Without an as_token/);
});

Deno.test("a homeserver that does not support the ping, or has no URL of this service, proves nothing", async () => {
  for (
    const [status, errcode, advice] of [
      [404, "M_UNRECOGNIZED", /does not support the ping request/],
      [400, "M_UNRECOGNIZED", /does not support the ping request/],
      [405, "M_UNRECOGNIZED", /does not support the ping request/],
      [400, "M_URL_NOT_SET", /has no 'url'.*only when it starts/],
      [429, "M_LIMIT_EXCEEDED", /rate_limited: false/],
    ] as const
  ) {
    const result = await pingWith(() => refusal(status, errcode));
    assert.ok(result.kind === "unsupported", errcode);
    assert.match(result.advice, advice);
  }
});

Deno.test("each error of the homeserver has its reason and its advice", async () => {
  for (
    const [status, errcode, more, reason, advice] of [
      [401, "M_UNKNOWN_TOKEN", {}, /does not know the as_token/, /appsvc\.endpoint\.toHS\.token/],
      [403, "M_FORBIDDEN", {}, /not accept the as_token/, /id is not "appservice-mxisd"/],
      [401, "M_MISSING_TOKEN", {}, /did not reach the homeserver/, /reverse proxy.*Authorization/],
      [502, "M_BAD_STATUS", { status: 401 }, /refuses the homeserver's hs_token/, /toAS\.token/],
      [502, "M_BAD_STATUS", { status: 403 }, /refuses the homeserver's hs_token/, /toAS\.token/],
      [
        502,
        "M_BAD_STATUS",
        { status: 404 },
        /responds with HTTP 404/,
        /"http:\/\/mail\.example\.org:8/,
      ],
      [502, "M_BAD_STATUS", { status: "x\r\n" }, /responds with an error$/, /Another program/],
      [
        502,
        "M_CONNECTION_FAILED",
        {},
        /cannot reach this service/,
        /mail.*server\.host and a fire/,
      ],
      [504, "M_CONNECTION_TIMEOUT", {}, /timed out/, /^A firewall.*mail\.example\.org/],
      [500, "M_UNKNOWN", {}, /HTTP 500 M_UNKNOWN/, /Check the homeserver's log/],
    ] as const
  ) {
    assertFailed(await pingWith(() => refusal(status, errcode, more)), reason, advice);
  }
});

Deno.test("a loopback URL is explained to somebody who runs containers", async () => {
  const reply = () => refusal(502, "M_CONNECTION_FAILED");
  for (const host of ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"]) {
    const result = await pingWith(reply, { ownUrl: `http://${host}:8090` });
    assertFailed(result, /cannot reach/, /the machine or container that the homeserver itself/);
  }
  assertFailed(await pingWith(reply, { ownUrl: undefined }), /cannot reach/, /^Correct url in the/);
});

Deno.test("swapped tokens are detected by trying the other one", async () => {
  for (
    const reply of [
      () => refusal(502, "M_BAD_STATUS", { status: 403 }),
      () => refusal(502, "M_CONNECTION_FAILED"),
      () => refusal(400, "M_URL_NOT_SET"),
      () => Response.json({ duration_ms: 1 }),
    ]
  ) {
    await using server = new ScriptedHomeserver({ [HS]: reply });
    assertFailed(await ping(server.url), /the two are swapped/, /^Swap .*toHS\.token/);
    assert.deepEqual(server.tokens, [AS, HS]);
  }
});

Deno.test("the hs_token is not sent where it can prove nothing", async () => {
  await using wrong = new ScriptedHomeserver({});
  assertFailed(await ping(wrong.url, { hsToken: new Secret(AS) }), /does not know/, /Compare/);
  assert.deepEqual(wrong.tokens, [AS]);
  await using proxy = new ScriptedHomeserver({ [AS]: () => new Response("no", { status: 401 }) });
  assertFailed(await ping(proxy.url), /not as a homeserver does/, /reverse proxy/);
  assert.deepEqual(proxy.tokens, [AS]);
});

Deno.test("a response that is not a homeserver's is a reverse proxy's or a web server's", async () => {
  for (
    const reply of [
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      () => new Response("<html>", { status: 404 }),
      () => new Response("[]"),
      () => new Response(""),
      () => Response.json({ duration_ms: "7" }),
      () => Response.json({ errcode: "M_\u001B[31m" }, { status: 400 }),
      () => Response.json({ duration_ms: 1, padding: "x".repeat(70_000) }),
    ] as const
  ) {
    assertFailed(await pingWith(reply), /not as a homeserver does/, /forward \/_matrix/);
  }
  const down = await pingWith(() => new Response("Bad gateway", { status: 502 }));
  assertFailed(down, /responds with HTTP 502, but not/, /whose homeserver is down/);
});

Deno.test("a redirect is not followed, and the token goes nowhere else", async () => {
  await using other = new ScriptedHomeserver({});
  for (const status of [301, 302, 307, 308]) {
    const redirect = () => new Response(null, { status, headers: { location: `${other.url}/x` } });
    const advice = new RegExp(`^If "${other.url}" is the homeserver`);
    assertFailed(await pingWith(redirect), /responds with a redirect/, advice);
  }
  const nowhere = () => new Response(null, { status: 302, headers: { location: "data:," } });
  assertFailed(await pingWith(nowhere), /redirect/, /to the homeserver's own URL/);
  assert.deepEqual(other.tokens, []);
});

Deno.test("a homeserver that is silent times out, by the injected clock", async () => {
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<Response>();
  await using server = new ScriptedHomeserver({
    [AS]: () => {
      asked.resolve();
      return held.promise;
    },
  });
  const clock = new ManualClock();
  const result = ping(server.url, { clock, timeout: 5000 });
  await asked.promise;
  clock.advance(4999);
  assert.equal(clock.sleepers, 1);
  clock.advance(1);
  assertFailed(await result, /did not respond in time/, /firewall/);
  held.resolve(Response.json({}));
});

Deno.test("a body that never ends times out as well", async () => {
  const begun = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    pull: () => begun.resolve(),
  });
  const clock = new ManualClock();
  const result = ping("http://127.0.0.1", {
    clock,
    fetch: (_url, init) => {
      init?.signal?.addEventListener("abort", () => reader.abort());
      const reader = new AbortController();
      return Promise.resolve(new Response(body.pipeThrough(new TransformStream(), reader)));
    },
  });
  await begun.promise;
  clock.advance(30_000);
  assertFailed(await result, /did not respond in time/, /firewall/);
});

Deno.test("an aborted ping ends at once", async () => {
  const abort = new AbortController();
  const held = Promise.withResolvers<Response>();
  await using server = new ScriptedHomeserver({
    [AS]: () => {
      abort.abort();
      return held.promise;
    },
  });
  const result = await openHomeserver(options(server.url)).ping(abort.signal);
  assertFailed(result, /was aborted before/, /Try again/);
  const late = await openHomeserver(options(server.url)).ping(abort.signal);
  assertFailed(late, /was aborted before/, /Try again/);
  held.resolve(Response.json({}));
});

Deno.test("no timer remains after the response", async () => {
  const clock = new ManualClock();
  await pingWith(() => Response.json({ duration_ms: 7 }), { clock });
  assert.equal(clock.sleepers, 0);
});

Deno.test("a port where nothing listens, and a host without an address, have different reasons", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const refused = await ping(`http://127.0.0.1:${port}`);
  assertFailed(refused, new RegExp(`^nothing listens at "127.0.0.1:${port}"$`), /Start the homese/);
  assertFailed(await ping("http://homeserver.invalid"), /has no address \(E/, /name resolution/);
  assertFailed(await ping("nonsense"), /"nonsense" cannot be reached/, /http:\/\/localhost:8008/);
});

Deno.test("an untrusted certificate and a missing TLS have different reasons", async () => {
  const folder = new URL("../fakes/net/certificates/", import.meta.url);
  const cert = await Deno.readTextFile(new URL("localhost.pem", folder));
  const key = await Deno.readTextFile(new URL("localhost.key", folder));
  const listening = { port: 0, hostname: "127.0.0.1", onListen() {} };
  await using server = Deno.serve({ ...listening, cert, key }, () => new Response("never"));
  const { port } = server.addr;
  assertFailed(
    await ping(`https://localhost:${port}`),
    /^no TLS connection to .*: the certificate is issued by "/,
    /tls\.ca/,
  );
  assertFailed(await ping(`http://localhost:${port}`), /speaks TLS/, /https:\/\//);
});

Deno.test("a server that hangs up does not speak HTTP", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const served = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("220 mail.example.org ESMTP\r\n"));
      connection.close();
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  const result = await ping(`http://127.0.0.1:${port}`);
  listener.close();
  await served;
  assertFailed(result, /a server listens at .* not speak HTTP/, /Correct host and port/);
});

Deno.test("a token that a header cannot carry is a failed ping, not an error", async () => {
  await using server = new ScriptedHomeserver({});
  for (const token of ["", "a b", "a\r\nx-other: b", "t\u00F6ken", "\u65E5"]) {
    const result = await ping(server.url, { asToken: new Secret(token) });
    assertFailed(result, /an HTTP header cannot carry/, /letters, digits/);
  }
  assert.deepEqual(server.tokens, []);
});

Deno.test("whatever the response, the result is one of the three and has one printable line", async () => {
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: codePoint }),
    fc.record({ errcode: fc.string({ unit: codePoint }), status: fc.anything() })
      .map((value) => JSON.stringify(value, (_, part) => typeof part === "bigint" ? 0 : part)),
  );
  const status = fc.integer({ min: 200, max: 599 }).filter((status) =>
    ![204, 205, 304].includes(status)
  );
  // Not fc.webUrl, which takes seconds to make.
  const location = fc.tuple(fc.domain(), fc.stringMatching(/^[!-~]{0,60}$/))
    .map(([host, path]) => `https://${host}/${path}`);
  await fc.assert(
    fc.asyncProperty(body, status, location, async (body, status, location) => {
      const result = await ping("http://127.0.0.1", {
        fetch: () => Promise.resolve(new Response(body, { status, headers: { location } })),
      });
      const { kind, ...rest } = result;
      assert.ok(["reached", "unsupported", "failed"].includes(kind));
      for (const text of Object.values(rest)) assert.doesNotMatch(String(text), /[\p{C}\n]/u);
    }),
    runs(100),
  );
});

/** What whoami makes of this response. */
async function whoamiWith(reply: Reply, more: Partial<HomeserverOptions> = {}) {
  await using server = new ScriptedHomeserver({ [AS]: () => new Response() });
  server.whoami = reply;
  return await openHomeserver(options(server.url, more)).whoami();
}

const USER = { user_id: "@mxisd:example.org", is_guest: false };
const WHOSE: Readonly<Record<string, [Reply, string]>> = {
  "the service's user": [() => Response.json(USER), "user"],
  "a token that it does not know": [() => refusal(401, "M_UNKNOWN_TOKEN"), "unknown token"],
  "a token of another service": [() => refusal(403, "M_FORBIDDEN"), "unknown token"],
  "a name that is not a user's": [() => Response.json({ user_id: "mxisd" }), "unknown"],
  "something else than text": [() => Response.json({ user_id: ["@a:b.example"] }), "unknown"],
  "no JSON": [() => new Response("<html>"), "unknown"],
  "a redirect": [() => Response.redirect("https://elsewhere.example/"), "unknown"],
  "an error": [() => refusal(500, "M_UNKNOWN"), "unknown"],
  "an old path": [() => refusal(404, "M_UNRECOGNIZED"), "unknown"],
};

for (const [what, [reply, kind]] of Object.entries(WHOSE)) {
  Deno.test(`asked whose the token is, the homeserver answers with ${what}`, async () => {
    assert.equal((await whoamiWith(reply)).kind, kind);
  });
}

Deno.test("without a token that can be sent, nobody is asked whose it is", async () => {
  const never = () => assert.fail("asked");
  for (const asToken of [undefined, new Secret(""), new Secret("a b")]) {
    assert.deepEqual(await whoamiWith(never, { asToken }), { kind: "unknown" });
  }
});

Deno.test("a homeserver that is down does not say whose the token is", async () => {
  assert.deepEqual(await openHomeserver(options("http://127.0.0.1:1")).whoami(), {
    kind: "unknown",
  });
});

Deno.test("a homeserver that does not answer delays the start by three seconds", async () => {
  const clock = new ManualClock();
  await using server = new ScriptedHomeserver({ [AS]: () => new Response() });
  const reached = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  server.whoami = () => {
    reached.resolve();
    return never.promise;
  };
  const asked = openHomeserver(options(server.url, { clock })).whoami();
  await reached.promise;
  clock.advance(3_000);
  assert.deepEqual(await asked, { kind: "unknown" });
  never.resolve(new Response());
});
