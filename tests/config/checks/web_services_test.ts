import assert from "node:assert/strict";
import { messagesFor } from "../configuration.ts";

const CLIENT = "clientId: c, clientSecret: hunter2";
const CLEAR = "the token or password is sent unencrypted: write an https URL";

async function warned(section: string): Promise<readonly string[]> {
  const messages = await messagesFor(section, { files: { "key.json": "{}" } });
  assert.ok(!messages.join().includes("hunter2"));
  return messages.filter((message) => message.includes(CLEAR))
    .map((message) => /warning: (\S+): /.exec(message)?.[1] ?? message);
}

Deno.test("a token that is sent unencrypted is reported, once a store", async () => {
  const url = "http://people.example.org";
  const cases: [string, string][] = [
    [`rest: { enabled: true, host: "${url}", bearer: hunter2 }`, "rest.host"],
    [
      `rest: { enabled: true, host: "${url}", basic: { username: u, password: hunter2 } }`,
      "rest.host",
    ],
    [`rest: { enabled: true, host: "${url}", headers: { X-Api-Key: hunter2 } }`, "rest.host"],
    [
      `rest: { enabled: true, host: "https://x.org", bearer: hunter2, ` +
      `endpoints: { profile: { threepids: "${url}/mail", roles: "${url}/roles" } } }`,
      "rest.endpoints.profile.threepids",
    ],
    [`synapseAdmin: { enabled: true, url: "${url}", token: hunter2 }`, "synapseAdmin.url"],
    [`mas: { enabled: true, url: "${url}", adminUrl: "${url}", ${CLIENT} }`, "mas.url"],
    [`mas: { enabled: true, url: "https://x.org", adminUrl: "${url}", ${CLIENT} }`, "mas.adminUrl"],
    [`keycloak: { enabled: true, url: "${url}", realm: r, ${CLIENT} }`, "keycloak.url"],
    [`scim: { enabled: true, url: "${url}", bearer: hunter2 }`, "scim.url"],
    [`firebase: { enabled: true, url: "${url}", credentials: key.json }`, "firebase.url"],
  ];
  for (const [section, key] of cases) assert.deepEqual(await warned(section), [key], section);
});

Deno.test("a token on this machine or over TLS, no token, and a disabled store are not reported", async () => {
  const url = "http://people.example.org";
  const cases = [
    `rest: { enabled: true, host: "http://localhost:8080", bearer: hunter2 }`,
    `rest: { enabled: true, host: "https://people.example.org", bearer: hunter2 }`,
    `rest: { enabled: true, host: "${url}" }`,
    `rest: { enabled: false, host: "${url}", bearer: hunter2 }`,
    `rest: { enabled: true, host: "${url}", bearer: hunter2, endpoints: { profile: ` +
    `{ displayName: "", threepids: "https://x.org/mail", roles: "" } } }`,
    `synapseAdmin: { enabled: true, url: "http://127.0.0.1:8008", token: hunter2 }`,
    `mas: { enabled: true, url: "https://x.org", adminUrl: "http://[::1]:1", ${CLIENT} }`,
    `keycloak: { enabled: false, url: "${url}", realm: r, ${CLIENT} }`,
    `scim: { enabled: true, url: "${url}" }`,
  ];
  for (const section of cases) assert.deepEqual(await warned(section), [], section);
});
