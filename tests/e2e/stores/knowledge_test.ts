import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import type { KnowledgeSource } from "../../../src/identity/knowledge.ts";
import { openSynapseKnowledge } from "../../../src/identity/sql/synapse_knowledge.ts";
import { synapseSqlSection } from "../../../src/identity/sql/synapse_sql.ts";
import { openClientKnowledge } from "../../../src/identity/web/client_knowledge.ts";
import { Secret } from "../../../src/settings/secret.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN } from "../../contracts/identity_store.ts";
import { type Account, testKnowledge } from "../../contracts/knowledge.ts";
import { fails } from "../../contracts/store_error.ts";
import { freePort } from "../../process/free_port.ts";
import { type Postgresql, startPostgresql } from "../servers/postgresql.ts";
import { MatrixUser } from "../servers/matrix_user.ts";
import { startSynapse, type Synapse } from "../servers/synapse.ts";
import { changeAccount } from "../servers/synapse_accounts.ts";
import { type TempFolder, tempFolder } from "../temp_folder.ts";

const AS_TOKEN = "as_9sDk2LmQpX7vRb4T";
const REGISTRATION = {
  id: "appservice-mxisd",
  url: null,
  as_token: AS_TOKEN,
  hs_token: "hs_VDxUpXFqbN4Qh2rK",
  sender_localpart: "mxisd",
  rate_limited: false,
  namespaces: {
    users: [{ exclusive: false, regex: "^@.*:example\\.org$" }],
    aliases: [],
    rooms: [],
  },
};

// As docs/policy.md shows them.
const GRANTS = [
  "CREATE ROLE asker LOGIN PASSWORD 'least-rights'",
  "GRANT SELECT (user_id, account_data_type, content) ON account_data TO asker",
  "GRANT SELECT (name, is_guest, appservice_id, deactivated, locked, suspended) ON users TO asker",
  "GRANT SELECT (user_id, device_id, last_seen) ON user_ips TO asker",
  "GRANT SELECT (user_id, last_seen) ON devices TO asker",
];

let folder: TempFolder;
let server: Postgresql;
let sqlite: Synapse;
let postgresql: Synapse;

Deno.test.beforeAll(async () => {
  folder = await tempFolder();
  server = await startPostgresql();
  await server.run("postgres", "CREATE DATABASE synapse TEMPLATE template0");
  const registration = `${folder.path}/registration.yaml`;
  // JSON is YAML as well.
  await Deno.writeTextFile(registration, JSON.stringify(REGISTRATION));
  const { user, password } = server.superuser;
  const place = { host: "127.0.0.1", port: server.port, dbname: "synapse", user, password };
  const options = { domain: DOMAIN, registrations: [registration], uncached: true };
  sqlite = await startSynapse(options);
  postgresql = await startSynapse({ ...options, postgresql: place });
  await server.run("synapse", ...GRANTS);
});

Deno.test.afterAll(async () => {
  await sqlite[Symbol.asyncDispose]();
  await postgresql[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function openApi(token = AS_TOKEN, url = sqlite.url): KnowledgeSource {
  return openClientKnowledge({ url, asToken: new Secret(token), fetch, clock: systemClock });
}

function openDatabase(type: "sqlite" | "postgresql"): KnowledgeSource {
  const connection = type === "sqlite"
    ? sqlite.database
    : `//127.0.0.1:${server.port}/synapse?user=asker&password=least-rights`;
  const section = synapseSqlSection.parse({ type, connection });
  return openSynapseKnowledge(section, { clock: systemClock, authorities: [], timeout: 10_000 });
}

async function makeAccount({ url }: Synapse, { localpart, accountData }: Account): Promise<number> {
  const since = Date.now();
  const user = await MatrixUser.register(url, localpart);
  await user.setDisplayName("Somebody");
  for (const [type, content] of Object.entries(accountData)) {
    await user.setAccountData(type, content);
  }
  return since;
}

testKnowledge({
  name: "the client API of Synapse",
  async open(account) {
    const since = await makeAccount(sqlite, account);
    const source = openApi();
    return { source, since, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
  },
});

for (const type of ["sqlite", "postgresql"] as const) {
  const synapse = () => type === "sqlite" ? sqlite : postgresql;
  testKnowledge({
    name: `the database of Synapse, ${type}`,
    async open(account) {
      const since = await makeAccount(synapse(), account);
      const source = openDatabase(type);
      return { source, since, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
    },
  });
}

Deno.test("the database of Synapse: accounts that cannot be used", async () => {
  await sqlite.register("barred");
  const barred = async () => (await openDatabase("sqlite").find(idOf("barred"))).barred;
  for (const [columns, expected] of BARRED) {
    changeAccount(sqlite, "barred", columns);
    assert.equal(await barred(), expected, columns);
  }
  await postgresql.register("barred");
  await server.run("synapse", "UPDATE users SET suspended = TRUE WHERE name LIKE '@barred:%'");
  await using source = openDatabase("postgresql");
  assert.equal((await source.find(idOf("barred"))).barred, "suspended");
});

Deno.test("the client API of Synapse does not tell a service whether an account can be used", async () => {
  const user = await sqlite.register("untold");
  await user.setAccountData("m.ignored_user_list", { ignored_users: { "@mallory:x": {} } });
  for (const columns of ["locked = TRUE", "locked = FALSE, suspended = TRUE"]) {
    changeAccount(sqlite, "untold", columns);
    const { barred, invites } = await openApi().find(idOf("untold"), { activity: true });
    assert.deepEqual([barred, [...invites.ignored]], [undefined, ["@mallory:x"]]);
  }
});

Deno.test("the client API of Synapse: asking about somebody is not their activity", async () => {
  const user = await sqlite.register("asleep");
  await user.setDisplayName("Asleep");
  const seen = async () => (await openApi().find(idOf("asleep"), { activity: true })).lastActive;
  const before = await seen();
  assert.ok(before !== undefined);
  assert.equal(await seen(), before);
});

Deno.test("the client API of Synapse: a wrong token, and a server that is away", async () => {
  await sqlite.register("anybody");
  const wrong = openApi("as_wrong-token-0123456789");
  await assert.rejects(wrong.find(idOf("anybody")), fails("misconfigured", /know the as_token/));
  const away = openApi(AS_TOKEN, `http://127.0.0.1:${freePort()}`);
  await assert.rejects(away.find(idOf("anybody")), fails("temporary", /no connection/));
  const elsewhere = openApi(AS_TOKEN, `${sqlite.url}/elsewhere`);
  await assert.rejects(elsewhere.find(idOf("anybody")), fails("misconfigured", /toHS\.url/));
});

const BARRED = [
  ["deactivated = 1", "deactivated"],
  ["deactivated = 0, locked = TRUE", "locked"],
  ["locked = FALSE, suspended = TRUE", "suspended"],
  ["suspended = FALSE", undefined],
] as const;

function idOf(localpart: string): UserId {
  return `@${localpart}:${DOMAIN}` as UserId;
}
