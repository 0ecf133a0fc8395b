/** What is imported has the same effect as the old file, which the service reads as well. */

import assert from "node:assert/strict";
import { readOldFile } from "../../../src/config/import/old_file.ts";
import { type Plan, planImport } from "../../../src/config/import/plan.ts";
import { withFiles } from "../../../src/config/import/planned_files.ts";
import { reasonFor } from "../../../src/config/import/reasons.ts";
import { loadSettings } from "../../../src/config/load.ts";
import { IGNORED_KEYS } from "../../../src/config/sections/extra_keys.ts";
import { formatProblem } from "../../../src/config/source/problem.ts";
import { SecretText } from "../../../src/settings/secret.ts";
import { systemRandom } from "../../../src/system/random.ts";
import { completed, type Loaded } from "../configuration.ts";
import { memoryEnvironment, type MemoryMachine } from "../memory_environment.ts";
import { EXAMPLES, REGISTRATION } from "../pages/documented.ts";

const FOLDER = "/srv/new";

async function plan(text: string, machine: MemoryMachine = {}) {
  const files = { ...machine.files, "old.yaml": text };
  const environment = memoryEnvironment({ ...machine, files });
  const old = readOldFile("/etc/mxisd/old.yaml", environment);
  assert.deepEqual(old.report.problems.map(formatProblem), []);
  const planned = await planImport(old, { folder: FOLDER, environment, random: systemRandom });
  return { planned, environment };
}

/** Loads the files of a plan where they will be, and the old one where it is. */
async function loadBoth(text: string, machine: MemoryMachine = {}) {
  const { planned, environment } = await plan(text, machine);
  assert.ok(planned.kind === "planned", JSON.stringify(planned));
  const files = [...planned.files].map(([name, content]) =>
    [`${FOLDER}/${name}`, content] as const
  );
  const now = await loadSettings(`${FOLDER}/mxisd.yaml`, withFiles(environment, new Map(files)));
  const before = await loadSettings("/etc/mxisd/old.yaml", environment);
  return { planned, before, now };
}

// What the import is meant to change: where files are, and tokens that nobody had.
const MOVED = [
  ...["storage.provider.sqlite.database", "appsvc.registration.synapse.file"],
  ...[
    "appsvc.endpoint.toHS.token",
    "appsvc.endpoint.toAS.url",
    "appsvc.feature",
    "firebase.database",
  ],
  "threepid.medium.email.generators.template.generic.matrixId",
  "notification.handlers.sendgrid.templates.generic.matrixId.body",
  "server.host",
];

function effect({ settings, storesInOrder }: Loaded): unknown {
  const plain = JSON.parse(JSON.stringify(settings, (_key, value) => revealed(value)));
  for (const key of MOVED) {
    const path = key.split(".");
    const parent = path.slice(0, -1).reduce((node, step) => node?.[step], plain);
    if (parent) delete parent[path.at(-1) ?? ""];
  }
  return { plain, storesInOrder };
}

// JSON.stringify calls toJSON first.
function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      child instanceof SecretText ? `secret: ${child.reveal()}` : child,
    ]),
  );
}

const MACHINE: MemoryMachine = {
  files: {
    "/etc/matrix-synapse/ma1sd.yaml": REGISTRATION,
    "/etc/id/mxid.eml": "Subject: Hello\n\nHello\n",
  },
  databases: {
    "/var/lib/matrix-synapse/homeserver.db": ["events"],
    "/var/lib/mxisd/mxisd.db": ["as_txn", "invite_3pid"],
  },
};

const FIXTURES = ["mxisd-1.2.yaml", "mxisd-1.4.yaml"];

const OLD_FILES: readonly (readonly [what: string, text: string])[] = [
  ...FIXTURES.map((name) => {
    const file = new URL(`../fixtures/${name}`, import.meta.url);
    return [name, Deno.readTextFileSync(file)] as const;
  }),
  ...Object.entries(EXAMPLES).filter(([, { change }]) => !change)
    .map(([what, { text }]) => [what, completed(text)] as const),
  [
    "a template, numbers as passwords, and switches of YAML 1.1",
    completed(`threepid:
  medium:
    email:
      identity: { from: id@example.org, name: 'yes: "no" # 1' }
      connectors: { smtp: { host: mail.example.org, port: "0587", login: 0123, password: 0x1F } }
      generators: { template: { generic: { matrixId: /etc/id/mxid.eml } } }
ldap: { enabled: yes, connection: { host: h, bindDn: on, bindPassword: 1e3, baseDNs: [DC=a] } }
`),
  ],
  [
    "relative paths",
    completed(`sql: { enabled: true, type: sqlite, connection: people.db }
tls: { ca: ca.pem }
`),
  ],
];

for (const [what, text] of OLD_FILES) {
  Deno.test(`imported, this has the same effect: ${what}`, async () => {
    const { planned, before, now } = await loadBoth(text, {
      ...MACHINE,
      files: { ...MACHINE.files, "ca.pem": CERTIFICATE },
      databases: { ...MACHINE.databases, "people.db": ["people"] },
    });
    assert.ok(before.kind === "loaded", before.problems.map(formatProblem).join("\n"));
    assert.ok(now.kind === "loaded", now.problems.map(formatProblem).join("\n"));
    assert.deepEqual(effect(now), effect(before));
    const said = JSON.stringify(planned.keys) + JSON.stringify(planned.added);
    for (const secret of ["ThePassword", "hunter2", "ChangeMe"]) assert.ok(!said.includes(secret));
    // Nothing is ignored any more.
    const notices = now.problems.filter(({ message }) => message.includes("are ignored"));
    assert.deepEqual(notices, []);
  });
}

const CERTIFICATE = await Deno.readTextFile(
  new URL("../../fakes/net/certificates/ca.pem", import.meta.url),
);

Deno.test("every key of the old file is told once, in its order, with a reason where it is left out", async () => {
  const { planned } = await plan(completed(EXAMPLES["a directory"]?.text ?? ""), MACHINE);
  assert.ok(planned.kind === "planned");
  const names = planned.keys.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  const fates = new Map(planned.keys.map(({ name, fate, detail }) => [name, [fate, detail]]));
  assert.deepEqual(fates.get("ldap.connection.baseDNs"), ["used", undefined]);
  assert.deepEqual(fates.get("ldap.auth"), [
    "of no use",
    "logins that the identity server checked",
  ]);
  for (const key of IGNORED_KEYS) {
    assert.notEqual(reasonFor(key.replace("*", "0")), "a feature of the identity server", key);
  }
});

Deno.test("keys with dots and references of 1.2 are written out", async () => {
  const { planned, now } = await loadBoth(`matrix.domain: example.org
matrix.listener: { url: "http://localhost:8008", token.hs: hs-0123456789abcdef }
rest.enabled: true
rest: { host: "http://\${matrix.domain}:8080" }
lookup.recursive.enabled: false
server.name: "\${matrix.domain}"
threepid.medium.email.identity.from: "id@\${matrix.domain}"
threepid.medium.email.connectors.smtp: { host: smtp.example.org }
`);
  assert.ok(now.kind === "loaded", now.problems.map(formatProblem).join("\n"));
  const { matrix, rest, server, appsvc, threepid } = now.settings;
  assert.equal(matrix.domain, "example.org");
  assert.equal(rest.host, "http://example.org:8080");
  assert.equal(server.name, "example.org");
  assert.equal(appsvc.user.main, "appservice-mxisd");
  assert.equal(appsvc.endpoint.toAS.token.reveal(), "hs-0123456789abcdef");
  assert.equal(threepid.medium.email.identity.from, "id@example.org");
  const fates = planned.keys.map(({ name, fate }) => `${fate}: ${name}`);
  assert.ok(fates.includes("of no use: lookup.recursive.enabled"), fates.join("\n"));
  assert.ok(fates.includes("changed: server.name"), fates.join("\n"));
});

Deno.test("a key that is unknown is left out, with the one that may have been meant", async () => {
  const { planned, now } = await loadBoth(
    completed("ldap: { conection: { host: secret-host } }\n"),
  );
  assert.equal(now.kind, "loaded");
  const [unknown] = planned.keys.filter(({ fate }) => fate === "unknown");
  assert.equal(unknown?.name, "ldap.conection");
  assert.match(unknown?.detail ?? "", /did you mean "connection"/);
  const text = String(planned.files.get("mxisd.yaml"));
  assert.match(text, /^# Decide: ldap\.conection was left out: it is unknown: did you mean/m);
  assert.ok(!JSON.stringify([...planned.files.values()]).includes("secret-host"));
});

Deno.test("what is missing or wrong is a comment before the key, and the rest is imported", async () => {
  const { planned, now } = await loadBoth(
    "matrix: { domain: example.org }\nldap: { enabled: true, connection: { port: many } }\n",
  );
  assert.equal(now.kind, "refused");
  assert.equal(planned.loaded.kind, "refused");
  const text = String(planned.files.get("mxisd.yaml"));
  assert.match(text, /# Decide: expected a whole number.*\n *port: many/);
  assert.match(text, /# Decide: threepid\.medium\.email\.identity\.from is missing/);
  assert.match(text, /url: http:\/\/localhost:8008/);
  assert.match(String(planned.files.get("registration.yaml")), /\^@\.\*:example\\\.org\$/);
});

for (
  const [what, text, message] of [
    ["without a domain", "rest: { enabled: true }\n", /matrix\.domain/],
    ["with an own token that no request can carry", "", /token/],
  ] as const
) {
  Deno.test(`nothing is planned ${what}`, async () => {
    const own = text || `matrix: { domain: example.org }
appsvc: { endpoint: { toHS: { url: "http://localhost" }, toAS: { token: "" } } }
`;
    const { planned } = await plan(own);
    assert.ok(planned.kind === "refused");
    assert.match(planned.problems.map(formatProblem).join("\n"), message);
  });
}

Deno.test("the registration that the homeserver has keeps its tokens, and gets a right regex", async () => {
  const registration = `id: mine
url: http://10.0.0.1:8090
as_token: as-0123456789-0123
hs_token: hs-0123456789-0123
sender_localpart: ids
namespaces: { users: [{ regex: "@*", exclusive: false }], aliases: [], rooms: [] }
`;
  const text = "matrix: { domain: example.org, listener: { url: http://localhost:8008 } }\n" +
    "memory: { enabled: true }\n" +
    "appsvc: { registration: { synapse: { file: /data/registration.yaml } } }\n" +
    "threepid: { medium: { email: { identity: { from: a@example.org }, connector: none } } }\n";
  // As in a container: the file is beside the configuration.
  const { planned, now } = await loadBoth(text, { files: { "registration.yaml": registration } });
  assert.ok(planned.kind === "planned" && now.kind === "loaded");
  assert.equal(planned.hasNewTokens, false);
  assert.match(
    planned.mended.join("\n"),
    /registration\.yaml:6:\d+: warning: namespaces\.users\[0\]\.regex/,
  );
  const { appsvc } = now.settings;
  assert.equal(appsvc.endpoint.toHS.token?.reveal(), "as-0123456789-0123");
  assert.equal(appsvc.endpoint.toAS.url, "http://10.0.0.1:8090");
  assert.equal(appsvc.user.main, "ids");
  assert.equal(appsvc.registration.synapse.id, "mine");
  assert.deepEqual(now.problems.filter(({ severity }) => severity !== "notice"), []);
});

Deno.test("variables of the playbook, rendered or not", async () => {
  const configuration = "matrix: { domain: example.org, v1: true }\n" +
    "threepid: { medium: { email: { identity: { from: a@example.org }, connectors: " +
    "{ smtp: { host: mailer, port: 8025, tls: 0, login: , password: } } } } }\n" +
    'synapseSql: { enabled: false, type: "", connection: "" }\n';
  const extension = "ldap: { enabled: true, connection: { host: ldap, baseDNs: [DC=a] } }\n";
  const variables: Readonly<Record<string, string>> = {
    "as texts": JSON.stringify({
      matrix_ma1sd_configuration_yaml: configuration,
      matrix_ma1sd_configuration_extension_yaml: extension,
    }),
    "as ansible prints it": `matrix.example.org | SUCCESS => {
    "matrix_ma1sd_configuration": ${
      JSON.stringify({
        matrix: { domain: "example.org" },
        threepid: {
          medium: {
            email: {
              identity: { from: "a@example.org" },
              connectors: { smtp: { host: "mailer", port: 8025, tls: 0 } },
            },
          },
        },
        ldap: { enabled: true, connection: { host: "ldap", baseDNs: ["DC=a"] } },
      })
    }
}`,
    "one by one, with a template": `matrix_domain: example.org
matrix_mxisd_threepid_medium_email_identity_from: a@example.org
matrix_mxisd_threepid_medium_email_connectors_smtp_host: mailer
matrix_mxisd_threepid_medium_email_connectors_smtp_port: 8025
matrix_mxisd_threepid_medium_email_connectors_smtp_tls: 0
matrix_mxisd_threepid_medium_email_custom_matrixid_template: |
  Subject: Hello

  Hello
matrix_mxisd_configuration_extension_yaml: |
  ${extension}`,
  };
  for (const [what, text] of Object.entries(variables)) {
    const { planned, environment } = await plan(text);
    assert.ok(planned.kind === "planned", what);
    const { loaded } = planned;
    assert.ok(loaded.kind === "loaded", loaded.problems.map(formatProblem).join("\n"));
    const { matrix, threepid, ldap } = loaded.settings;
    assert.equal(matrix.domain, "example.org", what);
    assert.equal(threepid.medium.email.connectors.smtp.port, 8025, what);
    assert.deepEqual(ldap.connection.host, loaded.settings.ldap.connection.host, what);
    assert.ok(ldap.enabled, what);
    assert.equal(planned.files.has("templates/mxid-template.eml"), what.includes("template"));
    assert.ok(environment);
  }
  const raw = "matrix_domain: example.org\n" +
    "matrix_ma1sd_threepid_medium_email_identity_from: 'a@{{ matrix_domain }}'\n";
  const old = readOldFile("old.yaml", memoryEnvironment({ files: { "old.yaml": raw } }));
  assert.match(old.report.problems.map(formatProblem).join("\n"), /^old\.yaml:2:1: .*Ansible/);
});

Deno.test("no value of the old file becomes another key or a comment", async () => {
  const evil = "x\nevil: 1 # \u001b[31m";
  const text = JSON.stringify({
    matrix: { domain: "example.org" },
    "evil\nnotify": { redirectTo: "evil@example.org" },
    server: { publicUrl: evil, host: evil },
    threepid: { medium: { email: { identity: { from: evil, name: evil } } } },
  });
  const { planned } = await plan(text) as { planned: Plan };
  const written = String(planned.files.get("mxisd.yaml"));
  assert.doesNotMatch(written, /^ *evil|redirectTo/m);
  assert.ok(!written.includes("\u001b"));
  assert.match(written, /^ *# Decide: expected a host.*"x\\nevil/m);
});

Deno.test("what cannot be read as a configuration is refused, with its position", () => {
  const messages: Readonly<Record<string, RegExp>> = {
    "": /^old\.yaml:1:1: has no keys/,
    "- a": /^old\.yaml:1:1: expected keys/,
    "ldap: {}\nldap: {}\n": /^old\.yaml:2:1: ldap: is also in line 1/,
    "rest.host: a\nrest: { host: b }\n": /rest\.host is set twice/,
    "matrix: [": /^old\.yaml:1/,
    "matrix: { listener: { url: http://a } }\nappsvc: { endpoint: { toHS: { url: http://b } } }":
      /differs from/,
  };
  for (const [text, message] of Object.entries(messages)) {
    const old = readOldFile("old.yaml", memoryEnvironment({ files: { "old.yaml": text } }));
    assert.ok(old.report.refused, text);
    assert.match(old.report.problems.map(formatProblem).join("\n"), message);
  }
  const missing = readOldFile("old.yaml", memoryEnvironment({}));
  assert.match(missing.report.problems.map(formatProblem).join("\n"), /cannot be read/);
});
