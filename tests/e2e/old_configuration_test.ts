import assert from "node:assert/strict";
import { runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import type { MatrixUser } from "./servers/matrix_user.ts";
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

Deno.test("the documented configuration of mxisd 1.2 works, and imported it sends the same mail", async () => {
  await using organisation = await Organisation.open({
    settings: listenerSettings,
    registration: documentedRegistration,
  });
  const { folder, registration } = organisation.layout;
  const alice = await organisation.register("alice");
  const before = await invitePerson(organisation, alice, "bob");
  await organisation.stopService();

  const files = ["mxisd.yaml", "--registration", registration, "--output", "imported"];
  const { code, errors } = await runCommand(folder, "config", "import", ...files);
  assert.equal(code, 0, errors);
  // The tokens are the same, so that the homeserver need not be restarted.
  await organisation.startService(`${folder}/imported`);
  const after = await invitePerson(organisation, alice, "carol");
  assert.deepEqual(after, before);
});

/** Invites somebody, and returns the mail without what differs from person to person. */
async function invitePerson(organisation: Organisation, alice: MatrixUser, name: string) {
  await alice.invite(await alice.createRoom({ name: "Plans" }), `@${name}:${DOMAIN}`);
  const { message } = await organisation.mailTo(name);
  const neutral = (text = "") =>
    text.replaceAll(new RegExp(name, "gi"), "NAME")
      .replace(/\b(?:Baker|Carter)\b/g, "SURNAME")
      .replace(/(?:!|%21)[\w-]{10,}(?:(?::|%3A)example\.org)?/g, "ROOM")
      .replace(/\b\d{1,2}:\d\d\b/g, "TIME")
      // Lines are wrapped at other words.
      .replace(/\s+/g, " ");
  return {
    from: message.from,
    subject: neutral(message.subject),
    text: neutral(message.text),
    html: neutral(message.html),
  };
}

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
