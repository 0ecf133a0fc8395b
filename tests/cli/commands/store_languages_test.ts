import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { PEOPLE_PROFILE } from "../../fakes/identity/sql/sql_people.ts";
import { CLIENT_SECRET, KeycloakRealm } from "../../fakes/identity/web/keycloak_service.ts";
import { PROFILE_PATH, RestBackend } from "../../fakes/identity/web/rest_backend.ts";
import { SCIM_TOKEN, scimService } from "../../fakes/identity/web/scim_service.ts";
import { startSmtpSink } from "../../fakes/mail/smtp_sink.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { LOGIN, person, startServer } from "../../identity/ldap/open_ldap.ts";
import { rowTest } from "../../thorough.ts";
import { type Differences, makePreparedWorkspace, type Workspace } from "../workspace.ts";
import { mailBob } from "./mailed.ts";

const ADDRESS = "bob@corp.example";
const THREEPIDS = [{ medium: "email", address: ADDRESS }];

/** A store that knows bob, who reads Polish, and how it is configured. */
type Opened = AsyncDisposable & { readonly differences: Differences };

function opened(differences: Differences, behind?: AsyncDisposable): Opened {
  return { differences, [Symbol.asyncDispose]: async () => await behind?.[Symbol.asyncDispose]() };
}

async function ldap(): Promise<Opened> {
  const attributes = { mail: [ADDRESS], preferredLanguage: ["en;q=0.5, pl-PL"] };
  const server = await startServer([person("bob", attributes)]);
  return opened({
    "ldap.enabled": true,
    "ldap.connection": {
      ...{ host: "127.0.0.1", port: server.port, baseDNs: ["dc=org"] },
      ...{ bindDn: LOGIN.dn, bindPassword: LOGIN.password },
    },
  }, server);
}

function sql(workspace: Workspace): Opened {
  const file = workspace.path("people.db");
  using database = new DatabaseSync(file);
  database.exec(`CREATE TABLE people(id TEXT, name TEXT, lang TEXT);
    CREATE TABLE user_threepids(user_id TEXT, medium TEXT, address TEXT);
    INSERT INTO people VALUES ('@bob:example.org', 'Bob', 'pl_PL');
    INSERT INTO user_threepids VALUES ('@bob:example.org', 'email', '${ADDRESS}')`);
  const language = { query: "SELECT lang FROM people WHERE id = ?" };
  return opened({
    "sql.enabled": true,
    "sql.type": "sqlite",
    "sql.connection": file,
    "sql.profile": { ...PEOPLE_PROFILE, language },
  });
}

function rest(): Opened {
  const backend = new RestBackend("example.org");
  const profile = { display_name: "Bob", threepids: THREEPIDS, language: "pl" };
  for (const part of ["displayName", "threepids", "roles"]) {
    backend.scriptedPaths.set(`${PROFILE_PATH}/${part}`, () => Response.json({ profile }));
  }
  return opened({ "rest.enabled": true, "rest.host": backend.url }, backend);
}

async function exec(workspace: Workspace): Promise<Opened> {
  const command = workspace.path("people.sh");
  const answer = JSON.stringify({ profile: { threepids: THREEPIDS, language: "pl" } });
  await Deno.writeTextFile(command, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  return opened({ "exec.enabled": true, "exec.profile.threePid.command": command });
}

function scim(): Opened {
  const emails = [{ value: ADDRESS }];
  const service = scimService([{ userName: "bob", emails, preferredLanguage: "pl, en;q=0.8" }]);
  return opened({
    "scim.enabled": true,
    "scim.url": `${service.url}/scim/v2/`,
    "scim.bearer": SCIM_TOKEN,
  }, service);
}

function keycloak(): Opened {
  const representation = { email: ADDRESS, emailVerified: true, attributes: { locale: ["pl"] } };
  const realm = new KeycloakRealm([{ username: "bob", representation }]);
  const service = new WebService(realm.handle);
  return opened({
    "keycloak.enabled": true,
    "keycloak.url": service.url,
    "keycloak.realm": "my realm",
    "keycloak.clientId": "mxisd",
    "keycloak.clientSecret": CLIENT_SECRET,
  }, service);
}

async function csv(workspace: Workspace): Promise<Opened> {
  const file = workspace.path("people.csv");
  await Deno.writeTextFile(file, `username,email,language\nbob,${ADDRESS},pl\n`);
  return opened({ "memory.enabled": true, "memory.file": file });
}

const STORES: Readonly<Record<string, (workspace: Workspace) => Opened | Promise<Opened>>> = {
  "a directory (preferredLanguage)": ldap,
  "a database": sql,
  "a REST service": rest,
  "a program": exec,
  "a SCIM service (preferredLanguage)": scim,
  "Keycloak (locale)": keycloak,
  "a CSV file": csv,
};
for (const [where, open] of Object.entries(STORES)) {
  rowTest(open === ldap)(`the mail is in the language of ${where}`, async () => {
    await using sink = await startSmtpSink();
    await using workspace = await makePreparedWorkspace();
    await using store = await open(workspace);
    await mailBob(workspace, sink.port, {
      "memory.enabled": false,
      "memory.identities": undefined,
      ...store.differences,
    });
    const [mail] = sink.mails;
    assert.deepEqual(mail?.to, [ADDRESS]);
    assert.match(mail?.email.subject ?? "", / zaprasza /);
    assert.match(mail?.email.html ?? "", /<html lang="pl" dir="ltr">/);
  });
}
