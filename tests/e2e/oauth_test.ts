import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { oauthSection } from "../../src/mail/smtp/oauth_section.ts";
import type { SmtpOptions } from "../../src/mail/smtp/transport.ts";
import { message } from "../fakes/mail/messages.ts";
import { CA } from "../fakes/net/certificates.ts";
import { collectLogs } from "../fakes/system/log_records.ts";
import { openSmtp } from "../mail/smtp/open_smtp.ts";
import { inviteEvent } from "../process/invite_event.ts";
import { logEvent, runCommand } from "../process/program.ts";
import { Organisation } from "./organisation.ts";
import { type Dovecot, startDovecot } from "./servers/dovecot.ts";
import { type Keycloak, startKeycloak } from "./servers/keycloak.ts";
import { changeRealm } from "./servers/keycloak_realm.ts";
import { MailCatcher } from "./servers/mail_catcher.ts";
import { addressOf, DOMAIN, settingsFor } from "./settings.ts";

const REALM = "mail";
const USER = `matrix@${DOMAIN}`;
const PASSWORD = "us3r-s3cret";
const MAILER = { clientId: "mailer", clientSecret: "m4iler s3cret+/%:=ä" };
const DOVECOT = { id: "dovecot", secret: "d0vecot-s3cret" };

let keycloak: Keycloak;
let catcher: MailCatcher;
let dovecot: Dovecot;

Deno.test.beforeAll(async () => {
  catcher = await MailCatcher.start();
  keycloak = await startKeycloak();
  const client = { publicClient: false, standardFlowEnabled: false };
  const person = { enabled: true, emailVerified: true, firstName: "Matrix", lastName: "Mailer" };
  await keycloak.administer("POST", "", {
    realm: REALM,
    enabled: true,
    clients: [
      {
        ...{ ...client, clientId: MAILER.clientId, secret: MAILER.clientSecret },
        ...{ serviceAccountsEnabled: true, directAccessGrantsEnabled: true },
      },
      { ...client, clientId: DOVECOT.id, secret: DOVECOT.secret },
    ],
    users: [
      {
        ...{ ...person, username: `service-account-${MAILER.clientId}`, email: USER },
        serviceAccountClientId: MAILER.clientId,
      },
      {
        ...{ ...person, username: "person", email: `person@${DOMAIN}` },
        credentials: [{ type: "password", value: PASSWORD }],
      },
    ],
  });
  dovecot = await start(["xoauth2", "oauthbearer"]);
});

Deno.test.afterAll(async () => {
  await dovecot[Symbol.asyncDispose]();
  await keycloak[Symbol.asyncDispose]();
  await catcher[Symbol.asyncDispose]();
});

function endpoint(path: string): string {
  return `${keycloak.url}/realms/${REALM}/protocol/openid-connect/${path}`;
}

function start(methods: readonly string[]): Promise<Dovecot> {
  const introspectionUrl = endpoint("token/introspect");
  return startDovecot({ introspectionUrl, client: DOVECOT, methods, relayPort: catcher.port });
}

function options(changes: Readonly<Record<string, unknown>> = {}): Partial<SmtpOptions> {
  const oauth2 = oauthSection.parse({ tokenUrl: endpoint("token"), ...MAILER, ...changes });
  return { host: "localhost", tls: 2, ca: [CA], login: USER, oauth2 };
}

async function post(path: string, form: Readonly<Record<string, string>>): Promise<unknown> {
  const body = new URLSearchParams({
    ...{ client_id: MAILER.clientId, client_secret: MAILER.clientSecret },
    ...form,
  });
  const response = await fetch(endpoint(path), { method: "POST", body });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** A `fetch` that keeps the tokens of all responses. */
function keepTokens() {
  const tokens: string[] = [];
  return {
    tokens,
    async fetch(...request: Parameters<typeof fetch>): Promise<Response> {
      const response = await fetch(...request);
      tokens.push((await response.clone().json()).access_token);
      return response;
    },
  };
}

for (const method of ["xoauth2", "oauthbearer"]) {
  Deno.test(`OAuth (Keycloak, Dovecot): an email is accepted by ${method}`, async () => {
    await using server = await start([method]);
    const lines: string[] = [];
    await using transport = openSmtp(server.port, options(), {
      onDialogue: ({ text }) => lines.push(text),
    });
    const mail = message({ messageId: `<${method}@${DOMAIN}>` });
    const receipt = await transport.send(mail);
    assert.equal(receipt.kind, "accepted", JSON.stringify(receipt));
    await catcher.mails.find(({ message }) => message.messageId === mail.messageId);
    assert.ok(lines.includes(`AUTH ${method.toUpperCase()}`));
    assert.doesNotMatch(lines.join("\n"), /eyJ|matrix@/);
  });
}

Deno.test("OAuth (Keycloak, Dovecot): tokens that expire while emails are sent lose and double none", async () => {
  await changeRealm(keycloak, REALM, { accessTokenLifespan: 2 });
  const { tokens, fetch } = keepTokens();
  await using transport = openSmtp(dovecot.port, { ...options(), pool: 3 }, { fetch });
  const sent: string[] = [];
  async function sendUntilRenewed(worker: number): Promise<void> {
    for (let at = 0; tokens.length < 4; at++) {
      const messageId = `<expiry-${worker}-${at}@${DOMAIN}>`;
      const receipt = await transport.send(message({ messageId }));
      assert.equal(receipt.kind, "accepted", JSON.stringify(receipt));
      sent.push(messageId);
    }
  }
  await Promise.all([1, 2, 3].map(sendUntilRenewed));
  await changeRealm(keycloak, REALM, { accessTokenLifespan: 300 });
  const arrived = catcher.mails.items.map(({ message }) => message.messageId)
    .filter((id) => id?.startsWith("<expiry-"));
  assert.deepEqual(arrived.toSorted(), sent.toSorted());
  assert.equal(new Set(tokens).size, tokens.length);
});

Deno.test("OAuth (Keycloak, Dovecot): a token that was revoked is replaced by another one", async () => {
  const { tokens, fetch } = keepTokens();
  await using transport = openSmtp(dovecot.port, options(), { fetch });
  assert.equal(await transport.check(), undefined);
  await post("revoke", { token: tokens[0] ?? "" });
  assert.equal(await transport.check(), undefined);
  assert.equal(tokens.length, 2);
});

Deno.test("OAuth (Keycloak, Dovecot): another user's token is refused, and says what to check", async () => {
  await using transport = openSmtp(dovecot.port, { ...options(), login: `other@${DOMAIN}` });
  const receipt = await transport.send(message());
  assert(receipt.kind === "deferred");
  assert.deepEqual([receipt.stage, receipt.fault, receipt.replyCode], ["auth", "ours", 535]);
  assert.match(receipt.remedy ?? "", /smtp\.login/);
});

Deno.test("OAuth (Keycloak, Dovecot): a wrong secret or scope is our fault, with the key, and never shown", async () => {
  for (
    const [changes, error, key] of [
      [{ clientSecret: "wr0ng-s3cret" }, "unauthorized_client", "clientSecret"],
      [{ clientId: "nobody" }, "invalid_client", "clientId"],
      [{ scope: "https://mail.example/.default" }, "invalid_scope", "scope"],
      [{ refreshToken: "wr0ng-s3cret" }, "invalid_grant", "refreshToken"],
    ] as const
  ) {
    await using transport = openSmtp(dovecot.port, options(changes));
    const receipt = await transport.send(message());
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault], ["auth", "ours"]);
    assert.ok(receipt.reason.startsWith(`no access token from ${endpoint("token")}: ${error}`));
    assert.match(receipt.remedy ?? "", new RegExp(`\\b${key}\\b`));
    assert.doesNotMatch(JSON.stringify(receipt), /s3cret/);
  }
});

Deno.test("OAuth (Keycloak, Dovecot): a token endpoint that hangs delays an email, and blames nobody", async () => {
  await using transport = openSmtp(dovecot.port, { ...options(), timeout: 1000 });
  await keycloak.stall();
  try {
    const receipt = await transport.send(message());
    assert(receipt.kind === "deferred");
    assert.deepEqual([receipt.stage, receipt.fault], ["auth", "ours"]);
    assert.match(receipt.reason, /: it did not answer in time$/);
  } finally {
    await keycloak.up();
  }
  await using later = openSmtp(dovecot.port, options());
  assert.equal((await later.send(message())).kind, "accepted");
});

Deno.test("OAuth (Keycloak, Dovecot): a refresh token that is replaced is told, and explained after a restart", async () => {
  await changeRealm(keycloak, REALM, { revokeRefreshToken: true, refreshTokenMaxReuse: 0 });
  await using logs = await collectLogs();
  const issued = await post("token", {
    ...{ grant_type: "password", username: "person", password: PASSWORD },
  });
  const refreshToken = (issued as { readonly refresh_token: string }).refresh_token;
  // Keycloak compares times in whole seconds: a token that is replaced in the second in which it was
  // issued could be used once more.
  await pause(1100);
  const login = `person@${DOMAIN}`;
  const { tokens, fetch } = keepTokens();
  {
    await using transport = openSmtp(
      dovecot.port,
      { ...options({ refreshToken }), login },
      { fetch },
    );
    assert.equal(await transport.check(), undefined);
    await post("revoke", { token: tokens[0] ?? "" });
    // With the refresh token that came in place of the configured one.
    assert.equal(await transport.check(), undefined);
    assert.equal(tokens.length, 2);
  }
  const [[event, data] = []] = logs.at("warning");
  assert.equal(event, "refresh token replaced by the token endpoint");
  assert.match(String(data?.advice), /after a restart/);
  await using restarted = openSmtp(dovecot.port, { ...options({ refreshToken }), login });
  const failure = await restarted.check();
  assert.match(failure?.reason ?? "", /: invalid_grant: /);
  assert.match(failure?.remedy ?? "", /refreshToken has expired, or was revoked or replaced/);
  assert.doesNotMatch(logs.text(), /eyJ/);
});

Deno.test("OAuth (Keycloak, Dovecot): the service mails an invite, and no log has a token", async () => {
  await using organisation = await Organisation.create({
    settings: ({ folder, ...layout }) => {
      Deno.writeTextFileSync(`${folder}/ca.pem`, CA);
      Deno.writeTextFileSync(`${folder}/secret`, MAILER.clientSecret, { mode: 0o600 });
      const identity = { from: USER, name: "Example chat" };
      const oauth2 = {
        ...{ tokenUrl: endpoint("token"), clientId: MAILER.clientId },
        clientSecret: { file: "secret" },
      };
      const smtp = { host: "localhost", port: dovecot.port, tls: 2, login: USER, oauth2 };
      return {
        ...settingsFor({ folder, ...layout }, "0"),
        threepid: { medium: { email: { identity, connectors: { smtp } } } },
        tls: { ca: "ca.pem" },
        logging: { level: "debug" },
      };
    },
  });
  await organisation.startService();
  await organisation.pushEvents(inviteEvent());
  await catcher.first(addressOf("bob"));
  const sent = await organisation.service.line((line) => logEvent(line)?.event === "mail sent");
  assert.match(sent, /250 2\.0\.0 OK: message queued/);
  const { folder } = organisation.layout;
  const { code, output, errors } = await runCommand(folder, "send-test", addressOf("dave"), "-vv");
  assert.equal(code, 0, errors);
  assert.match(output, /^> AUTH OAUTHBEARER$/m);
  const shown = [...organisation.service.lines.items, output, errors].join("\n");
  // A JSON Web Token, as it is, and "n,a=", with which the login begins, in base64.
  for (const secret of ["eyJ", MAILER.clientSecret, "bixhP"]) {
    assert.ok(!shown.includes(secret), `${secret} in ${shown}`);
  }
});
