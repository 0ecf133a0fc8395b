import assert from "node:assert/strict";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { PROFILE_PATH, RestBackend } from "../../fakes/identity/web/rest_backend.ts";
import { openPage } from "./page.ts";

const BOB = { displayName: "Bob", addresses: ["bob@example.org"], roles: ["staff"] };
const PROFILE = profileWith({
  addresses: ["bob@example.org"],
  displayName: "Bob",
  roles: ["staff"],
  state: "active",
});

function startBackend(): RestBackend {
  const backend = new RestBackend(DOMAIN);
  backend.people.set("bob", BOB);
  return backend;
}

Deno.test("mxisd's page on REST: the host alone is enough", async () => {
  await using backend = startBackend();
  await using page = await openPage(`rest:
  enabled: true
  host: '${backend.url}'
`);
  assert.deepEqual(await page.people.findProfile(userOf("bob")), PROFILE);
  assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
  assert.deepEqual(page.stores, ["rest"]);
});

Deno.test("mxisd's page on REST: all endpoints, as paths and as URLs", async () => {
  await using backend = startBackend();
  await using roles = startBackend();
  await using page = await openPage(`rest:
  enabled: true
  host: '${backend.url}'
  endpoints:
    auth: '/_mxisd/backend/api/v1/auth/login'
    directory: '/_mxisd/backend/api/v1/directory/user/search'
    identity:
      single: '/_mxisd/backend/api/v1/identity/single'
      bulk: ''
    profile:
      displayName: '${PROFILE_PATH}/displayName'
      threepids: '${PROFILE_PATH}/threepids'
      roles: '${roles.url}${PROFILE_PATH}/roles'
`);
  assert.deepEqual(await page.people.findProfile(userOf("bob")), PROFILE);
  assert.equal(
    page.ignored,
    "rest.endpoints.auth, rest.endpoints.directory, rest.endpoints.identity",
  );
  assert.deepEqual(page.warnings, []);
  assert.deepEqual(roles.lines, [`POST ${PROFILE_PATH}/roles`]);
});

Deno.test("mxisd's page on REST: an empty endpoint is not queried, URLs need no host", async () => {
  await using backend = startBackend();
  await using page = await openPage(`rest:
  enabled: true
  endpoints:
    profile:
      displayName: ''
      threepids: '${backend.url}${PROFILE_PATH}/threepids'
      roles: ''
`);
  const profile = await page.people.findProfile(userOf("bob"));
  assert.deepEqual(profile?.addresses, ["bob@example.org"]);
  assert.equal(profile?.displayName, undefined);
});

Deno.test("mxisd's page on REST: its example responses are read", async () => {
  await using backend = startBackend();
  const answer = JSON.stringify({
    profile: {
      display_name: "Bob",
      threepids: [
        { medium: "email", address: "bob@example.org" },
        { medium: "msisdn", address: "491700000000" },
      ],
      roles: ["staff"],
    },
  });
  let body = answer;
  for (const part of ["displayName", "threepids", "roles"]) {
    backend.scriptedPaths.set(`${PROFILE_PATH}/${part}`, () => new Response(body));
  }
  await using page = await openPage(`rest: { enabled: true, host: '${backend.url}' }`);
  assert.deepEqual(await page.people.findProfile(userOf("bob")), PROFILE);
  body = '{"profile": {}}';
  assert.equal((await page.people.findProfile(userOf("alice")))?.addresses.length ?? 0, 0);
});
