import assert from "node:assert/strict";
import { loaded, messagesFor } from "./configuration.ts";

Deno.test("all keys of the identity server are named in one notice", async () => {
  const messages = await messagesFor(`key: { path: x }
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
server: { publicUrl: https://mxisd.example.org }
`);
  assert.equal(messages.length, 2);
  const names = [
    ...["key", "matrix.identity", "matrix.v1", "rest.endpoints.auth", "rest.endpoints.identity"],
    ...["memory.identities[0].password", "logging.level", "lookup.recursive.enabled"],
  ];
  for (const name of names) assert.ok(messages[0]?.includes(name), name);
  assert.match(messages[0] ?? "", /^mxisd\.yaml:1:1: notice: /);
  assert.match(
    messages[1] ?? "",
    /notice: server\.publicUrl: was the identity server's URL in mxisd/,
  );
});

Deno.test("SendGrid's settings are checked only if it is in use, except for mxisd's other emails", async () => {
  const keys = "api: { key: '' }, identity: { from: '' }, templates: { invite: { subject: x } }";
  const sendgrid = `notification: { handlers: { sendgrid: { ${keys} } } }`;
  const notice = (names: string) =>
    "notice: these keys belong to other features of mxisd and are ignored: " + names;
  assert.deepEqual(await messagesFor(sendgrid), [
    `mxisd.yaml:1:29: ${notice("notification.handlers.sendgrid")}`,
  ]);
  const used = await messagesFor(`notification:
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

Deno.test("ignored keys have no effect", async () => {
  const { settings } = await loaded("logging: { level: { root: DEBUG } }\nkey: [not, a, section]");
  assert.equal(settings.logging.level, "info");
});

Deno.test("a trial is a notice at every start", async () => {
  const messages = await messagesFor("notify: { redirectTo: admin@example.org, only: ['@a:b'] }");
  assert.deepEqual(messages, [
    "mxisd.yaml:1:11: notice: notify.redirectTo: trial: all emails go to this address",
    "mxisd.yaml:1:42: notice: notify.only: trial: only these people get emails",
  ]);
});

Deno.test("ma1sd's PostgreSQL section is the service's, whether it is chosen or not", async () => {
  const section = "provider: { postgresql: { database: //localhost/ma1sd, username: ma1sd, " +
    "password: hunter2, pool: true } }";
  for (const backend of ["", "backend: sqlite, ", "backend: postgresql, "]) {
    const messages = await messagesFor(`storage: { ${backend}${section} }`);
    assert.equal(messages.length, 1);
    assert.match(messages.join(), /notice: .*storage\.provider\.postgresql\.pool$/);
  }
});

Deno.test("a PostgreSQL elsewhere whose identity is not verified is a warning", async () => {
  const at = (database: string) =>
    `storage: { backend: postgresql, provider: { postgresql: { database: "${database}" } } }`;
  const [message = ""] = await messagesFor(at("//db.example.org/mxisd?user=mxisd"));
  assert.match(
    message,
    /^mxisd\.yaml:1:59: warning: storage\.provider\.postgresql\.database: .*verify-full/,
  );
  assert.deepEqual(await messagesFor(at("//db.example.org/m?user=m&sslmode=verify-full")), []);
  assert.deepEqual(await messagesFor(at("//localhost/m?user=m")), []);
});

Deno.test("a missing public URL is a notice if there are no errors", async () => {
  assert.deepEqual(await messagesFor("server: { port: 8090 }"), [
    "mxisd.yaml:1:1: notice: server.publicUrl: is not set, so that emails have no link to stop " +
    "them: publish the pages below /stop/ as docs/stopping.md shows, and write their URL here",
  ]);
  assert.equal((await messagesFor("server: { port: 80900 }")).length, 1);
  for (const url of ["https://mxisd.example.org/mail", "http://localhost:8090"]) {
    assert.deepEqual(await messagesFor(`server: { publicUrl: "${url}" }`), []);
  }
});

Deno.test("a public URL with the path of the pages is a warning", async () => {
  assert.deepEqual(await messagesFor('server: { publicUrl: "https://mxisd.example.org/stop/" }'), [
    "mxisd.yaml:1:11: warning: server.publicUrl: the links become https://mxisd.example.org/stop" +
    "/stop/...: leave out /stop, which the service adds",
  ]);
});
