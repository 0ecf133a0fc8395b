import assert from "node:assert/strict";
import { loaded, told } from "./configuration.ts";

Deno.test("all keys of the identity server are named in one notice", async () => {
  const messages = await told(`key: { path: x }
matrix:
  domain: example.org
  identity: { servers: { a: ["https://a.example.org"] } }
  v1: true
lookup.recursive.enabled: false
rest:
  enabled: true
  host: http://localhost:1
  endpoints: { auth: /auth, identity: { single: /single } }
memory:
  enabled: true
  identities: [{ username: bob, password: hunter2 }]
logging: { level: { io.kamax.mxisd: DEBUG } }
`);
  assert.equal(messages.length, 1);
  const names = [
    ...["key", "matrix.identity", "matrix.v1", "rest.endpoints.auth", "rest.endpoints.identity"],
    ...["memory.identities[0].password", "logging.level", "lookup.recursive.enabled"],
  ];
  for (const name of names) assert.ok(messages[0]?.includes(name), name);
  assert.match(messages[0] ?? "", /^mxisd\.yaml:1:1: notice: /);
});

Deno.test("SendGrid's settings are looked at only when it is in use, but for mxisd's other mails", async () => {
  const keys = "api: { key: '' }, identity: { from: '' }, templates: { invite: { subject: x } }";
  const sendgrid = `notification: { handlers: { sendgrid: { ${keys} } } }`;
  const notice = (names: string) =>
    "notice: these keys belong to other features of mxisd and are ignored: " + names;
  assert.deepEqual(await told(sendgrid), [
    `mxisd.yaml:1:29: ${notice("notification.handlers.sendgrid")}`,
  ]);
  const used = await told(`notification:
  handler: { email: sendgrid }
  handlers:
    sendgrid:
      api: { key: SG-0123456789 }
      templates: { invite: { subject: x }, session: { validation: {} } }
`);
  const templates = "notification.handlers.sendgrid.templates";
  assert.deepEqual(used, [
    `mxisd.yaml:6:20: ${notice(`${templates}.invite, ${templates}.session`)}`,
  ]);
});

Deno.test("what is not used has no say", async () => {
  const { settings } = await loaded("logging: { level: { root: DEBUG } }\nkey: [not, a, section]");
  assert.equal(settings.logging.level, "info");
});

Deno.test("a trial is told of at every start", async () => {
  const messages = await told("notify: { redirectTo: admin@example.org, only: ['@a:b'] }");
  assert.deepEqual(messages, [
    "mxisd.yaml:1:11: notice: notify.redirectTo: trial: all emails go to this address",
    "mxisd.yaml:1:42: notice: notify.only: trial: only these people get emails",
  ]);
});

Deno.test("ma1sd's PostgreSQL section counts only where it is chosen", async () => {
  const section = "provider: { postgresql: { database: //localhost/ma1sd, password: hunter2 } }";
  const chosen = await told(`storage: { backend: sqlite, ${section} }`);
  assert.match(chosen.join(), /notice: .*storage\.provider\.postgresql$/);
  const silent = await told(`storage: { ${section} }`);
  assert.match(silent.join(), /storage\.provider\.postgresql: is not yet available/);
});

Deno.test("who has published no pages to stop mails is told, once the rest is right", async () => {
  assert.deepEqual(await told("server: { port: 8090 }"), [
    "mxisd.yaml:1:1: notice: server.publicUrl: is not set, so that emails have no link to stop " +
    "them: publish the pages below /stop/ as docs/stopping.md shows, and write their URL here",
  ]);
  assert.equal((await told("server: { port: 80900 }")).length, 1);
  for (const url of ["https://mxisd.example.org/mail", "http://localhost:8090"]) {
    assert.deepEqual(await told(`server: { publicUrl: "${url}" }`), []);
  }
});

Deno.test("who writes the path of the pages into their public URL is told", async () => {
  assert.deepEqual(await told('server: { publicUrl: "https://mxisd.example.org/stop/" }'), [
    "mxisd.yaml:1:11: warning: server.publicUrl: the links become https://mxisd.example.org/stop" +
    "/stop/...: leave out /stop, which the service adds",
  ]);
});
