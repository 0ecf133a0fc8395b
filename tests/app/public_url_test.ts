import assert from "node:assert/strict";
import { checkPublicUrl, pageProof } from "../../src/app/public_url.ts";
import { MINUTE } from "../../src/settings/duration.ts";
import { systemRandom } from "../../src/system/random.ts";
import { StopSite } from "../fakes/http/stop_site.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";
import { collectLogs } from "../fakes/system/log_records.ts";

const PUBLIC = "https://mails.example.org/chat";
const PROOF = pageProof(new Uint8Array(32));

type Answer = (url: string, init?: RequestInit) => Promise<Response>;

async function check(answer: Answer, advance = 0, signal = new AbortController().signal) {
  await using logs = await collectLogs();
  const clock = new FakeClock();
  const asked: string[] = [];
  const fetch = ((input: string, init?: RequestInit) => {
    asked.push(input);
    return answer(input, init);
  }) as typeof globalThis.fetch;
  const options = { publicUrl: PUBLIC, proof: PROOF, clock, fetch, randomBytes: systemRandom };
  const done = checkPublicUrl(options, signal);
  await clock.advance(advance);
  await done;
  assert.equal(asked.length, 1);
  return {
    url: asked[0] ?? "",
    published: logs.at("info").filter(([event]) => event === "stop pages published").length,
    warnings: logs.at("warning").map(([event, { url, reason }]) => [event, url, reason]),
  };
}

function text(body: string, init?: ResponseInit): Answer {
  return () => Promise.resolve(new Response(body, init));
}

Deno.test("a public URL that leads to the stop pages is confirmed, behind a proxy's prefix too", async () => {
  await using site = new StopSite({ proof: PROOF });
  const { url, published, warnings } = await check((url, init) =>
    Promise.resolve(site.app.request(url.replace(PUBLIC, ""), init))
  );
  assert.match(url, /^https:\/\/mails\.example\.org\/chat\/stop\/check\/[0-9a-f]{32}$/);
  assert.deepEqual([published, warnings], [1, []]);
});

const ELSEWHERE: readonly [what: string, answer: Answer, reason: string | RegExp][] = [
  ["a web site", text("<h1>Welcome</h1>"), "another service answers there"],
  ["a proxy without the path", text("no", { status: 404 }), /another service .* status 404$/],
  [
    "a login page",
    text("", { status: 302, headers: { location: "https://sso.example.org/\x9b" } }),
    /status 302 and redirects to "https:\/\/sso\.example\.org\/\\u\{9b\}"$/,
  ],
  ["another service of this kind", text(pageProof(new Uint8Array(31))("0")), /another service/],
  ["a page without end", text("x".repeat(1e6)), "another service answers there"],
  [
    "a closed port",
    () => Promise.reject(new Error("connection refused")),
    "it cannot be reached from this machine: connection refused",
  ],
];
for (const [what, answer, reason] of ELSEWHERE) {
  Deno.test(`a public URL that leads to ${what} is told`, async () => {
    const { published, warnings } = await check(answer);
    assert.equal(published, 0);
    const [[event, url, told] = []] = warnings;
    assert.deepEqual([event, url], ["stop pages not published", PUBLIC]);
    if (typeof reason === "string") assert.equal(told, reason);
    else assert.match(String(told), reason);
  });
}

Deno.test("a public URL that never responds is told after five seconds", async () => {
  const never: Answer = (_url, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
  const { warnings } = await check(never, MINUTE);
  assert.deepEqual(warnings, [["stop pages not published", PUBLIC, "no response within 5s"]]);
});

Deno.test("a service that is stopped meanwhile says nothing about its public URL", async () => {
  const stopped: Answer = () => Promise.reject(new Error("aborted"));
  const { published, warnings } = await check(stopped, 0, AbortSignal.abort());
  assert.deepEqual([published, warnings], [0, []]);
});

Deno.test("only a nonce is answered with a proof", async () => {
  await using site = new StopSite({ proof: PROOF });
  const nonce = "0123456789abcdef".repeat(2);
  const proven = await site.app.request(`/stop/check/${nonce}`);
  assert.deepEqual([proven.status, await proven.text()], [200, PROOF(nonce)]);
  for (const path of [nonce.slice(1), `${nonce}0`, nonce.toUpperCase(), "", `${nonce}/x`]) {
    const refused = await site.app.request(`/stop/check/${path}`);
    await refused.body?.cancel();
    assert.equal(refused.status, 404, path);
  }
});
