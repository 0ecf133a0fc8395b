import assert from "node:assert/strict";
import { type AccessTokens, openAccessTokens } from "../../../src/mail/smtp/access_tokens.ts";
import { SmtpError } from "../../../src/mail/smtp/error.ts";
import { refusal, TokenEndpointService } from "../../fakes/mail/token_endpoint.ts";
import { FakeClock } from "../../fakes/system/fake_clock.ts";
import { collectLogs } from "../../fakes/system/log_records.ts";

const NEVER = new AbortController().signal;

function open(
  service: TokenEndpointService,
  clock = new FakeClock(),
  changes: Readonly<Record<string, unknown>> = {},
): AccessTokens {
  return openAccessTokens({ settings: service.settings(changes), timeout: 30_000, clock, fetch });
}

Deno.test("a token is kept, and renewed before it expires", async () => {
  for (const [seconds, renewedAfter] of [[3600, 3_300_000], [60, 45_000]] as const) {
    await using service = new TokenEndpointService();
    service.more = { expires_in: seconds };
    const clock = new FakeClock();
    await using tokens = open(service, clock);
    const first = await tokens.get(NEVER);
    assert.deepEqual(first, { value: "token-1", expiresAt: clock.monotonic() + seconds * 1000 });
    await clock.advance(renewedAfter - 1);
    assert.equal(await tokens.get(NEVER), first);
    await clock.advance(1);
    assert.equal((await tokens.get(NEVER)).value, "token-2");
  }
});

Deno.test("a clock that is set does not keep an old token", async () => {
  await using service = new TokenEndpointService();
  const clock = new FakeClock();
  await using tokens = open(service, clock);
  await tokens.get(NEVER);
  clock.jump(-86_400_000);
  await clock.advance(3_600_000);
  assert.equal((await tokens.get(NEVER)).value, "token-2");
});

Deno.test("concurrent calls share one request, and a token that is dropped twice is replaced once", async () => {
  await using service = new TokenEndpointService();
  await using tokens = open(service);
  const firsts = await Promise.all([1, 2, 3].map(() => tokens.get(NEVER)));
  assert.deepEqual(new Set(firsts.map(({ value }) => value)), new Set(["token-1"]));
  for (const token of firsts) tokens.drop(token);
  const second = await tokens.get(NEVER);
  for (const token of firsts) tokens.drop(token);
  assert.equal(await tokens.get(NEVER), second);
  assert.equal(service.forms.length, 2);
});

Deno.test("a call that is stopped does not end the request of the others", async () => {
  await using service = new TokenEndpointService();
  await using tokens = open(service);
  const stop = new AbortController();
  const stopped = tokens.get(stop.signal);
  const other = tokens.get(NEVER);
  stop.abort();
  await assert.rejects(stopped, (error: SmtpError) => error.codes.networkCode === "EABORT");
  assert.equal((await other).value, "token-1");
  await assert.rejects(tokens.get(stop.signal), (error: SmtpError) => {
    return error.codes.networkCode === "EABORT";
  });
});

Deno.test("a token endpoint that hangs is given up after the timeout, and asked again", async () => {
  await using service = new TokenEndpointService();
  const clock = new FakeClock();
  await using tokens = open(service, clock);
  const { reached } = service.stall();
  const pending = tokens.get(NEVER).then(() => undefined, (error) => error);
  await reached;
  await clock.advance(29_999);
  assert.equal(await Promise.race([pending, "waits"]), "waits");
  await clock.advance(1);
  const error = await pending;
  assert(error instanceof SmtpError);
  assert.deepEqual(error.codes, { stage: "auth", networkCode: "ETOKEN" });
  assert.match(error.detail, /\/oauth2\/token: it did not answer in time$/);
  service.scripted = undefined;
  assert.equal((await tokens.get(NEVER)).value, "token-1");
});

Deno.test("closing ends a request that is under way", async () => {
  await using service = new TokenEndpointService();
  const tokens = open(service);
  const { reached } = service.stall();
  const pending = tokens.get(NEVER).then(() => undefined, (error) => error);
  await reached;
  await tokens[Symbol.asyncDispose]();
  const error = await pending;
  assert(error instanceof SmtpError && error.codes.networkCode === "EABORT");
});

Deno.test("a refresh token that is replaced is used from then on, and the log says so once, without it", async () => {
  await using logs = await collectLogs();
  await using service = new TokenEndpointService();
  const clock = new FakeClock();
  await using tokens = open(service, clock, { refreshToken: "first-refresh" });
  for (const refresh_token of ["second-refresh", "third-refresh", "third-refresh", undefined]) {
    service.more = { expires_in: 60, refresh_token };
    await tokens.get(NEVER);
    await clock.advance(60_000);
  }
  assert.deepEqual(service.forms.map(({ refresh_token }) => refresh_token), [
    ...["first-refresh", "second-refresh", "third-refresh", "third-refresh"],
  ]);
  const [[event, data] = [], ...others] = logs.at("warning");
  assert.deepEqual([event, others], ["refresh token replaced by the token endpoint", []]);
  assert.match(String(data?.key), /smtp\.oauth2\.refreshToken$/);
  assert.match(String(data?.advice), /kept in memory only/);
  assert.doesNotMatch(logs.text(), /-refresh|token-[0-9]/);
});

Deno.test("a refused request is no token, and the next call asks again", async () => {
  await using service = new TokenEndpointService();
  await using tokens = open(service);
  service.scripted = () => refusal("invalid_client");
  await assert.rejects(tokens.get(NEVER), ({ detail, remedy }: SmtpError) => {
    assert.match(detail, /invalid_client$/);
    assert.match(remedy ?? "", /clientSecret/);
    return true;
  });
  service.scripted = undefined;
  assert.equal((await tokens.get(NEVER)).value, "token-1");
});
