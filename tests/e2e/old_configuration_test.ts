import { strict as assert } from "node:assert";
import { Organisation } from "./organisation.ts";
import { DOMAIN, type Places } from "./settings.ts";

// What mxisd's documentation told people to write, in two generations; only the ports are ours.

function listenerSettings(places: Places) {
  return {
    matrix: {
      domain: DOMAIN,
      listener: {
        url: `http://127.0.0.1:${places.homeserverPort}`,
        localpart: "appservice-mxisd",
        token: { hs: "HS_TOKEN_CHANGE_ME" },
      },
    },
    appsvc: null,
    synapseSql: { enabled: false, type: "sqlite", connection: `${places.folder}/homeserver.db` },
  };
}

function documentedRegistration(places: Places): string {
  return [
    'id: "appservice-mxisd"',
    `url: "http://127.0.0.1:${places.servicePort}"`,
    'as_token: "AS_TOKEN_CHANGE_ME"',
    'hs_token: "HS_TOKEN_CHANGE_ME"',
    'sender_localpart: "appservice-mxisd"',
    "namespaces:",
    "  users:",
    '    - regex: "@*"',
    "      exclusive: false",
    "  aliases: []",
    "  rooms: []",
    "",
  ].join("\n");
}

function appsvcSettings(places: Places) {
  return {
    appsvc: {
      endpoint: {
        toHS: {
          url: `http://localhost:${places.homeserverPort}`,
          token: "ExampleTokenToHS-ChangeMe!",
        },
        toAS: {
          url: `http://localhost:${places.servicePort}`,
          token: "ExampleTokenToAS-ChangeMe!",
        },
      },
      registration: { synapse: { file: places.registration } },
    },
    synapseSql: { enabled: false, type: "sqlite", connection: `${places.folder}/homeserver.db` },
  };
}

Deno.test("the documented configuration of mxisd 1.2 works, with its registration", async () => {
  await using organisation = await Organisation.open({
    settings: listenerSettings,
    registration: documentedRegistration,
  });
  await inviteAndCheck(organisation);
});

Deno.test("the documented configuration of mxisd 1.3 works: it writes the registration", async () => {
  await using organisation = await Organisation.found({
    settings: appsvcSettings,
    registration: "none",
  });
  await organisation.startService();
  await organisation.startHomeserver();
  await inviteAndCheck(organisation);
});

async function inviteAndCheck(organisation: Organisation): Promise<void> {
  const alice = await organisation.register("alice");
  await alice.invite(await alice.createRoom({ name: "Plans" }), "@bob:example.org");
  const { message } = await organisation.mailTo("bob");
  assert.match(message.subject ?? "", /Plans/);
}
