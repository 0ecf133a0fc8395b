import assert from "node:assert/strict";
import { checkServerName, waitForServerName } from "../../src/app/server_name.ts";
import { StartError } from "../../src/app/start_error.ts";
import type { UserId } from "../../src/domain/user_id.ts";
import type { WhoamiResult } from "../../src/matrix/port.ts";
import { loaded } from "../config/configuration.ts";
import { FakeClock } from "../fakes/system/fake_clock.ts";

const TOKEN = "token: as-0123456789abcdef";

async function settingsOf(domain: string, token = TOKEN) {
  const { settings } = await loaded(`matrix: { domain: "${domain}" }
appsvc:
  endpoint:
    toHS: { url: "http://localhost:8008", ${token} }
    toAS: { token: hs-0123456789abcdef }
`);
  return settings;
}

function answering(...answers: readonly (string | Exclude<WhoamiResult, { kind: "user" }>)[]) {
  let asked = 0;
  return {
    whoami(): Promise<WhoamiResult> {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (typeof answer !== "string") return Promise.resolve(answer ?? { kind: "unknown" });
      return Promise.resolve({ kind: "user", user: answer as UserId });
    },
  };
}

Deno.test("a domain that is the homeserver's name is confirmed, whatever its case", async () => {
  for (const domain of ["example.org", "Example.ORG"]) {
    const settings = await settingsOf(domain);
    assert.equal(
      await checkServerName(settings, answering("@mxisd:example.org")),
      "confirmed",
    );
  }
  const withPort = await settingsOf("example.org:8448");
  assert.equal(await checkServerName(withPort, answering("@mxisd:example.org:8448")), "confirmed");
});

for (
  const [domain, user] of [
    ["matrix.example.org", "@mxisd:example.org"],
    ["example.org", "@mxisd:matrix.example.org"],
    ["example.org", "@mxisd:example.org:8448"],
  ] as const
) {
  Deno.test(`the domain ${domain} is an error when the homeserver says ${user}`, async () => {
    const settings = await settingsOf(domain);
    await assert.rejects(checkServerName(settings, answering(user)), (error) => {
      assert.ok(error instanceof StartError);
      const name = user.slice("@mxisd:".length);
      assert.ok(error.message.includes(`matrix.domain is "${domain}"`));
      assert.ok(error.message.includes(`server_name is "${name}"`));
      assert.ok(error.message.includes(`write "domain: ${name}"; no file was changed`));
      return true;
    });
  });
}

Deno.test("without an as_token nobody is asked", async () => {
  const settings = await settingsOf("example.org", "");
  const homeserver = { whoami: () => assert.fail("asked") };
  assert.equal(await checkServerName(settings, homeserver), "unasked");
});

Deno.test("a homeserver that does not say its name is asked until it does", async () => {
  const settings = await settingsOf("example.org");
  const clock = new FakeClock();
  const homeserver = answering(
    { kind: "unknown" },
    { kind: "unknown token" },
    "@mxisd:example.org",
  );
  const never = new AbortController().signal;
  const waiting = waitForServerName(settings, homeserver, clock, never);
  await clock.advance(7_000);
  assert.equal(await waiting, true);
});

Deno.test("a name that turns out to be another one is an error as well", async () => {
  const settings = await settingsOf("matrix.example.org");
  const clock = new FakeClock();
  const homeserver = answering({ kind: "unknown" }, "@mxisd:example.org");
  const never = new AbortController().signal;
  const waiting = waitForServerName(settings, homeserver, clock, never);
  const rejected = assert.rejects(waiting, StartError);
  await clock.advance(3_000);
  await rejected;
});

Deno.test("asking ends when the service is asked to stop", async () => {
  const settings = await settingsOf("example.org");
  const stop = new AbortController();
  const waiting = waitForServerName(settings, answering(), new FakeClock(), stop.signal);
  stop.abort();
  assert.equal(await waiting, false);
});
