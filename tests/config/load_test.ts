import assert from "node:assert/strict";
import { findConfig, loadSettings } from "../../src/config/load.ts";
import { machineEnvironment } from "../../src/config/source/environment.ts";
import { completed, load, loaded, messagesFor, SECTIONS } from "./configuration.ts";
import { memoryEnvironment } from "./memory_environment.ts";

const MEMORY = SECTIONS.memory ?? "";

Deno.test("old YAML is read as mxisd read it", async () => {
  const { settings } = await loaded(`\uFEFFmatrix:\r
  domain: example.org\r
server: # nothing below but a comment\r
ldap:\r
  # enabled: true\r
tls: ~\r
memory: { enabled: yes }\r
threepid:\r
  medium:\r
    email:\r
      identity: { from: matrix@example.org, name: 0042 }\r
      connectors: { smtp: { host: smtp.example.org, login: true, password: 0123456, port: "25" } }\r
`);
  const { email } = settings.threepid.medium;
  assert.equal(settings.server.port, 8090);
  assert.equal(settings.memory.enabled, true);
  assert.equal(email.identity.name, "0042");
  assert.equal(email.connectors.smtp.login, "true");
  assert.equal(email.connectors.smtp.password?.reveal(), "0123456");
  assert.equal(email.connectors.smtp.port, 25);
});

Deno.test("text keeps the notation of a number", async () => {
  const { settings } = await loaded(
    "threepid: { medium: { email: { identity: { from: a@b.org, name: 1_0 }, connectors: { smtp: " +
      "{ host: h.org, login: 22:00, password: 1e3 } } } } }",
  );
  const { smtp } = settings.threepid.medium.email.connectors;
  assert.equal(smtp.login, "22:00");
  assert.equal(smtp.password?.reveal(), "1e3");
});

Deno.test("a section can be merged into another one", async () => {
  const { settings } = await loaded(`
rest: &rest
  enabled: true
  host: http://localhost:8080
  timeout: 5s
server: { port: 8091 }
`.replace("server:", "logging: &level { level: error }\nserver:"));
  assert.equal(settings.rest.timeout, 5000);
  const merged = await loaded(`
threepid:
  medium:
    email:
      identity: &identity { from: matrix@example.org, name: Chat }
      connectors: { smtp: { host: smtp.example.org } }
memory:
  enabled: true
  identities:
    - &bob { username: bob, displayName: Bob }
    - { <<: *bob, username: rob }
`);
  assert.deepEqual(
    merged.settings.memory.identities.map(({ username, displayName }) => [username, displayName]),
    [["bob", "Bob"], ["rob", "Bob"]],
  );
});

Deno.test("the stores are in the order of the file", async () => {
  const { storesInOrder } = await loaded(
    "rest: { enabled: on, host: 'http://localhost:1' }\nsynapseSql: { enabled: no }\n" + MEMORY,
  );
  assert.deepEqual(storesInOrder, ["rest", "memory"]);
});

Deno.test("the older layout and the newer one give the same settings", async () => {
  const older = await loaded(`matrix:
  domain: example.org
  listener:
    url: http://localhost:8008/
    localpart: mxisd
    token: { as: as-0123456789abcdef, hs: hs-0123456789abcdef }
appsvc:
`);
  const newer = await loaded(`appsvc:
  endpoint:
    toHS: { url: 'http://localhost:8008', token: as-0123456789abcdef }
    toAS: { token: hs-0123456789abcdef }
`);
  assert.equal(JSON.stringify(older.settings), JSON.stringify(newer.settings));
  assert.equal(older.settings.appsvc.endpoint.toHS.token?.reveal(), "as-0123456789abcdef");
});

Deno.test("both layouts may be used together if they agree", async () => {
  const text = `matrix:
  domain: example.org
  listener: { url: 'http://localhost:8008/', token: { hs: hs-0123456789abcdef } }
`;
  assert.deepEqual(await messagesFor(text), []);
});

Deno.test("an old section without a URL is ignored", async () => {
  const { settings } = await loaded(`matrix:
  domain: example.org
  listener: { url: '', localpart: '', token: { as: '', hs: '' } }
`);
  assert.equal(settings.appsvc.user.main, "mxisd");
});

Deno.test("ma1sd's keys are read", async () => {
  const { settings } = await loaded(
    "server: { hostname: 127.0.0.1 }\nlogging: { app: WARN, root: x }",
  );
  assert.equal(settings.server.host, "127.0.0.1");
  assert.equal(settings.logging.level, "warning");
  const root = await loaded("logging: { root: error, requests: true }");
  assert.equal(root.settings.logging.level, "error");
  assert.deepEqual(root.problems.map(({ severity }) => severity), ["notice"]);
});

const REGISTRATION = `id: notifier
url: http://127.0.0.1:9090
as_token: as-0123456789abcdef
hs_token: hs-fedcba9876543210
sender_localpart: notifier
namespaces: { users: [], aliases: [], rooms: [] }
`;

const WITH_REGISTRATION = `appsvc:
  endpoint: { toHS: { url: 'http://localhost:8008' } }
  registration: { synapse: { file: registration.yaml } }
server: { port: 9090 }
`;

Deno.test("values that are not in the configuration are taken from the registration", async () => {
  const files = { "registration.yaml": REGISTRATION };
  const { settings, problems } = await loaded(WITH_REGISTRATION, { files });
  assert.deepEqual(problems.map(({ key }) => key), ["server.publicUrl"]);
  const { endpoint, registration, user } = settings.appsvc;
  assert.equal(endpoint.toAS.token.reveal(), "hs-fedcba9876543210");
  assert.equal(endpoint.toHS.token?.reveal(), "as-0123456789abcdef");
  assert.equal(endpoint.toAS.url, "http://127.0.0.1:9090");
  assert.equal(registration.synapse.id, "notifier");
  assert.equal(user.main, "notifier");
  assert.equal(settings.server.host, "127.0.0.1");
});

Deno.test("an unusable registration is reported with its own lines", async () => {
  const files = { "registration.yaml": "id: [\n" };
  const messages = await messagesFor(WITH_REGISTRATION, { files });
  assert.ok(messages.some((message) => message.startsWith("/etc/mxisd/registration.yaml:")));
  assert.ok(messages.some((message) => message.includes("appsvc.registration.synapse.file")));
});

Deno.test("a weak token in the registration is reported at the registration's key", async () => {
  const files = {
    "registration.yaml": REGISTRATION.replace("hs-fedcba9876543210", "HS_TOKEN_CHANGE_ME"),
  };
  const messages = await messagesFor(WITH_REGISTRATION, { files });
  assert.match(messages.join(), /:3:30: warning: appsvc.registration.synapse.file: .*published/);
});

Deno.test("a token is generated for a registration that is about to be written", async () => {
  const environment = memoryEnvironment({ files: { "mxisd.yaml": completed(WITH_REGISTRATION) } });
  const result = await loadSettings("mxisd.yaml", environment, {
    newToken: () => "new-0123456789abcdef",
  });
  assert.ok(result.kind === "loaded");
  assert.equal(result.settings.appsvc.endpoint.toAS.token.reveal(), "new-0123456789abcdef");
});

Deno.test("secrets come from files, credentials and the environment", async () => {
  const text = `notify: { secret: { file: notify.secret } }
threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors: { smtp: { host: smtp.example.org, password: { env: MXISD_SMTP } } }
rest: { enabled: false, bearer: { file: rest.token } }
`;
  const { settings } = await loaded(text, {
    cwd: "/srv",
    files: { "notify.secret": "0123456789abcdef\r\n", "/run/creds/rest.token": "token\n" },
    env: { MXISD_SMTP: "password\n", CREDENTIALS_DIRECTORY: "/run/creds" },
  });
  assert.equal(settings.notify.secret?.reveal(), "0123456789abcdef");
  assert.equal(settings.rest.bearer?.reveal(), "token");
  assert.equal(settings.threepid.medium.email.connectors.smtp.password?.reveal(), "password\n");
});

Deno.test("a credential goes before the file of that name that only the administrator can read", async () => {
  const { settings } = await loaded("notify: { secret: { file: notify.secret } }", {
    files: {
      "notify.secret": "of the administrator",
      "/run/creds/notify.secret": "given to us ...",
    },
    env: { CREDENTIALS_DIRECTORY: "/run/creds" },
  });
  assert.equal(settings.notify.secret?.reveal(), "given to us ...");
});

Deno.test("a credential is a name, not a path out of the folder", async () => {
  const text = "notify: { secret: { file: ../shadow } }";
  const machine = {
    files: { "/run/shadow": "0123456789abcdef" },
    env: { CREDENTIALS_DIRECTORY: "/run/creds" },
  };
  assert.match((await messagesFor(text, machine)).join(), /"\/etc\/shadow" cannot be read/);
});

Deno.test("paths of mxisd's keys are relative to the working directory, others to the configuration", async () => {
  const { settings } = await loaded(
    "storage: { provider: { sqlite: { database: data/mxisd.db } } }\ntls: { ca: ca.pem }",
    { cwd: "/srv", files: { "ca.pem": "-----BEGIN CERTIFICATE-----" } },
  );
  assert.equal(settings.storage.provider.sqlite.database, "/srv/data/mxisd.db");
  assert.equal(settings.tls.ca, "/etc/mxisd/ca.pem");
});

Deno.test("without a path the database is in the state directory, else beside the file", async () => {
  const database = async (env: Record<string, string>) => {
    const { settings } = await loaded("", { env });
    return settings.storage.provider.sqlite.database;
  };
  assert.equal(await database({}), "/etc/mxisd/appservice-mxisd.db");
  const state = { STATE_DIRECTORY: "/var/lib/mxisd:/var/lib/other" };
  assert.equal(await database(state), "/var/lib/mxisd/appservice-mxisd.db");
});

Deno.test("the service listens on the loopback address that the homeserver connects to", async () => {
  const host = async (url: string) => {
    const { settings } = await loaded(`appsvc:
  endpoint:
    toHS: { url: 'http://localhost:8008' }
    toAS: { url: '${url}', token: hs-0123456789abcdef }
`);
    return settings.server.host;
  };
  assert.equal(await host("http://127.0.0.1:8090"), "127.0.0.1");
  assert.equal(await host("http://[::1]:8090"), "::1");
  assert.equal(await host("http://localhost:8090/path"), "127.0.0.1");
  assert.equal(await host("http://mxisd:8090"), undefined);
  assert.equal(await host("http://127.0.0.1.example.org:8090"), undefined);
});

Deno.test("the log level of the environment takes precedence over the file's", async () => {
  const text = "logging: { level: error }";
  const debug = await loaded(text, { env: { MXISD_LOG_LEVEL: "DEBUG" } });
  assert.equal(debug.settings.logging.level, "debug");
  const wrong = await loaded(text, { env: { MXISD_LOG_LEVEL: "lo\u001bud" } });
  assert.equal(wrong.settings.logging.level, "error");
  assert.match(
    wrong.problems[0]?.message ?? "",
    /MXISD_LOG_LEVEL is "lo\\u\{1b\}ud": expected one of trace, debug, /,
  );
});

Deno.test("disabled stores may be configured incompletely, as in mxisd", async () => {
  assert.deepEqual(
    await messagesFor("wordpress: { enabled: false, rest: { base: x } }\nmas: {}"),
    [],
  );
  assert.deepEqual(
    await messagesFor("firebase: { enabled: false, credentials: x, database: y }"),
    [],
  );
});

Deno.test("all problems are reported at once, in the order of the file", async () => {
  const result = await load("matrix: { domain: '' }\nserver: { prot: 1, port: x }\nnotify: 3\n");
  assert.equal(result.kind, "refused");
  assert.deepEqual(
    result.problems.filter(({ severity }) => severity === "error").map(({ key }) => key),
    [
      "appsvc.endpoint.toHS.url",
      "appsvc.endpoint.toAS.token",
      "threepid.medium.email.identity.from",
      "threepid.medium.email.connectors.smtp.host",
      "matrix.domain",
      "server.prot",
      "server.port",
      "notify",
    ],
  );
});

Deno.test("an unreadable file is a problem, not an exception", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const environment = { ...machineEnvironment(), cwd: folder };
    await Deno.writeFile(`${folder}/binary.yaml`, new Uint8Array([0xff, 0xfe, 0x00, 0x01]));
    await Deno.writeTextFile(`${folder}/nul.yaml`, "matrix:\0");
    const why = async (file: string) => {
      const result = await loadSettings(file, environment);
      assert.equal(result.kind, "refused");
      return result.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
    };
    assert.deepEqual(await why("none.yaml"), [
      "none.yaml:1: cannot be read: it does not exist",
    ]);
    assert.deepEqual(await why("."), [".:1: cannot be read: it is a folder"]);
    assert.deepEqual(await why("binary.yaml"), [
      "binary.yaml:1: cannot be read: it is not UTF-8 text",
    ]);
    assert.deepEqual(await why("nul.yaml"), ["nul.yaml:1: cannot be read: it is not UTF-8 text"]);
    assert.deepEqual(await why("nul.yaml/x"), [
      "nul.yaml/x:1: cannot be read: part of its path is not a folder",
    ]);
    assert.deepEqual(await why("/dev/zero"), [
      "/dev/zero:1: cannot be read: it is not a regular file",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the configuration is found here, else in /etc/mxisd", () => {
  const files = { "/srv/mxisd.yaml": "", "/etc/mxisd/mxisd.yaml": "" };
  assert.equal(findConfig(memoryEnvironment({ cwd: "/srv", files })), "/srv/mxisd.yaml");
  assert.equal(findConfig(memoryEnvironment({ cwd: "/", files })), "/etc/mxisd/mxisd.yaml");
  assert.equal(findConfig(memoryEnvironment({ cwd: "/srv" })), undefined);
});
