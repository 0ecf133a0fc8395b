import assert from "node:assert/strict";
import { Organisation } from "./organisation.ts";
import { DOMAIN, type Layout } from "./settings.ts";

// The configurations in the documentation of mxisd 1.2 and 1.3, except for the ports and files.

function listenerSettings(layout: Layout) {
  return {
    matrix: {
      domain: DOMAIN,
      listener: {
        url: `http://127.0.0.1:${layout.homeserverPort}`,
        localpart: "appservice-mxisd",
        token: { hs: "HS_TOKEN_CHANGE_ME" },
      },
    },
    appsvc: null,
    synapseSql: { enabled: false, type: "sqlite", connection: `${layout.folder}/homeserver.db` },
  };
}

function documentedRegistration(layout: Layout): string {
  return [
    'id: "appservice-mxisd"',
    `url: "http://127.0.0.1:${layout.servicePort}"`,
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

function appsvcSettings(layout: Layout) {
  return {
    appsvc: {
      endpoint: {
        toHS: {
          url: `http://localhost:${layout.homeserverPort}`,
          token: "ExampleTokenToHS-ChangeMe!",
        },
        toAS: {
          url: `http://localhost:${layout.servicePort}`,
          token: "ExampleTokenToAS-ChangeMe!",
        },
      },
      registration: { synapse: { file: layout.registration } },
    },
    synapseSql: { enabled: false, type: "sqlite", connection: `${layout.folder}/homeserver.db` },
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
  await using organisation = await Organisation.create({
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
