import assert from "node:assert/strict";
import { openTokenEndpoint, TokenError } from "../../../src/mail/smtp/token_endpoint.ts";
import { OAUTH_CLIENT, refusal, TokenEndpointService } from "../../fakes/mail/token_endpoint.ts";

const NEVER = new AbortController().signal;

async function failure(
  service: TokenEndpointService,
  response: Response,
  refreshToken?: string,
): Promise<TokenError> {
  service.scripted = () => response.clone();
  const endpoint = openTokenEndpoint(service.settings(), fetch);
  const error = await endpoint.request(refreshToken, NEVER).then(() => undefined, (error) => error);
  assert(error instanceof TokenError, "no error");
  return error;
}

Deno.test("a token is requested with the client's credentials and the scope", async () => {
  await using service = new TokenEndpointService();
  const { request } = openTokenEndpoint(service.settings(), fetch);
  const token = await request(undefined, NEVER);
  assert.deepEqual(token, {
    accessToken: "token-1",
    lifetime: 3_600_000,
    refreshToken: undefined,
  });
  assert.deepEqual(service.forms, [{
    grant_type: "client_credentials",
    scope: OAUTH_CLIENT.scope,
    client_id: OAUTH_CLIENT.clientId,
    client_secret: OAUTH_CLIENT.clientSecret,
  }]);
});

Deno.test("a token is requested with a refresh token, also by a public client", async () => {
  await using service = new TokenEndpointService();
  service.more = { refresh_token: "next" };
  const settings = service.settings({
    clientSecret: undefined,
    scope: undefined,
    refreshToken: "r",
  });
  const token = await openTokenEndpoint(settings, fetch).request("r", NEVER);
  assert.equal(token.refreshToken, "next");
  assert.deepEqual(service.forms, [
    { grant_type: "refresh_token", refresh_token: "r", client_id: OAUTH_CLIENT.clientId },
  ]);
});

Deno.test("an endpoint that does not take the secret in the body gets it in a header, from then on at once", async () => {
  await using service = new TokenEndpointService();
  const authorizations: (string | null)[] = [];
  service.scripted = ({ headers, body }) => {
    authorizations.push(headers.get("authorization"));
    if (headers.get("authorization") === null) return refusal("invalid_client", "", 401);
    assert(!body.includes("client_secret"));
    return Response.json({ access_token: "t", token_type: "bearer" });
  };
  const { request } = openTokenEndpoint(service.settings(), fetch);
  await request(undefined, NEVER);
  await request(undefined, NEVER);
  const basic = `Basic ${btoa("mailer:s3cret%2B%2F%25%3A%3D%C3%A4%26")}`;
  assert.deepEqual(authorizations, [null, basic, basic]);
});

Deno.test("the lifetime may be text, missing or nonsense", async () => {
  await using service = new TokenEndpointService();
  const { request } = openTokenEndpoint(service.settings(), fetch);
  const cases = [["3599", 3_599_000], [undefined, 300_000], [-5, 300_000], ["x", 300_000], [
    1e12,
    300_000,
  ]];
  for (const [expires_in, lifetime] of cases) {
    service.more = { expires_in };
    assert.equal((await request(undefined, NEVER)).lifetime, lifetime, String(expires_in));
  }
});

const REFUSALS: readonly [error: string, remedy: RegExp][] = [
  ["invalid_client", /smtp\.oauth2\.clientId and clientSecret/],
  ["invalid_scope", /smtp\.oauth2\.scope/],
  ["unauthorized_client", /smtp\.oauth2\.clientId and clientSecret, and that the client may use/],
  ["invalid_grant", /smtp\.oauth2\.refreshToken has expired, or was revoked or replaced/],
  ["invalid_request", /smtp\.oauth2\.tokenUrl and scope/],
  ["unsupported_grant_type", /smtp\.oauth2\.tokenUrl/],
  ["temporarily_unavailable", /smtp\.oauth2\.tokenUrl/],
  ["constructor", /smtp\.oauth2\.tokenUrl/],
];
for (const [error, remedy] of REFUSALS) {
  Deno.test(`the token endpoint's error ${error} names the key`, async () => {
    await using service = new TokenEndpointService();
    const refused = await failure(service, refusal(error, "AADSTS7: wrong\r\n\x1b[31m <a@b.c>"));
    assert.match(refused.remedy, remedy);
    const description = "AADSTS7: wrong [31m <address>";
    assert.equal(
      refused.reason,
      `no access token from ${service.url}/oauth2/token: ${error}: ${description}`,
    );
  });
}

const NO_TOKENS: readonly [what: string, response: Response, reason: RegExp][] = [
  ["a page", new Response("<h1>Not found</h1>", { status: 404 }), /status 404, without an error/],
  ["a redirect", new Response("", { status: 302, headers: { location: "/" } }), /status 302/],
  ["an error without a body", new Response(null, { status: 503 }), /status 503/],
  ["an error that is not a word", refusal('"\n'), /status 400, without an error code/],
  ["no token", Response.json({ token_type: "bearer" }), /no bearer token/],
  ["another kind of token", Response.json({ access_token: "t", token_type: "mac" }), /no bearer/],
  ["a token with a control character", Response.json({ access_token: "t\x01" }), /no bearer/],
  ["a token that is too long", Response.json({ access_token: "t".repeat(9000) }), /no bearer/],
  ["a huge response", Response.json({ access_token: "t", x: "x".repeat(1e6) }), /no bearer/],
  ["something else", new Response("[]"), /no bearer token/],
];
for (const [what, response, reason] of NO_TOKENS) {
  Deno.test(`the token endpoint's response is ${what}: no token, and the key`, async () => {
    await using service = new TokenEndpointService();
    const refused = await failure(service, response);
    assert.match(refused.reason, reason);
    assert.match(refused.remedy, /smtp\.oauth2\.tokenUrl/);
    assert(refused.reason.length < 400);
  });
}

Deno.test("an endpoint that echoes the secrets does not reveal them", async () => {
  await using service = new TokenEndpointService();
  const { clientSecret } = OAUTH_CLIENT;
  const echo = `${clientSecret} ${encodeURIComponent(clientSecret)} r3fresh-token`;
  const refused = await failure(service, refusal("invalid_grant", echo), "r3fresh-token");
  assert.match(refused.reason, /invalid_grant: \[redacted\] \[redacted\] \[redacted\]$/);
});

Deno.test("an endpoint that cannot be reached is named without its query", async () => {
  await using service = new TokenEndpointService();
  const tokenUrl = `${service.url}/token/?tenant=x`;
  await service.down();
  const endpoint = openTokenEndpoint(service.settings({ tokenUrl }), fetch);
  await assert.rejects(endpoint.request(undefined, NEVER), ({ reason }: TokenError) => {
    assert(reason.startsWith(`no access token from ${service.url}/token/: the request failed: `));
    return true;
  });
});
