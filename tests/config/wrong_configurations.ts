/** Wrong configurations, and what surrounds them. The table in docs/ is made of these. */

import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import type { MemoryMachine } from "./memory_environment.ts";

/** A wrong configuration. */
export interface WrongConfiguration {
  /** What is wrong with it. */
  readonly what: string;
  /** The part that matters; the rest is as it should be. */
  readonly text: string;
  /** What there is on the machine. */
  readonly machine?: MemoryMachine;
}

const smtp = (keys: string) =>
  `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors:
        smtp: { host: smtp.example.org, ${keys} }
`;

const sendgrid = (keys: string) =>
  `notification:
  handler: { email: sendgrid }
  handlers: { sendgrid: { ${keys} } }
`;

const sendmail = (keys: string) =>
  `notification:
  handler: { email: sendmail }
  handlers: { sendmail: { ${keys} } }
`;

const NOBODY =
  "threepid: { medium: { email: { connectors: { smtp: { host: smtp.example.org } } } } }";

const endpoint = (toHS: string, toAS: string) =>
  `appsvc:
  endpoint:
    toHS: { ${toHS} }
    toAS: { ${toAS} }
`;

// 1024 bits, which is told as well.
const DKIM_KEY = rsaKey(1024).pem;

const URL = 'url: "http://localhost:8008"';
const TOKEN = "token: hs-0123456789abcdef";
const SYNAPSE = ["events", "event_json", "room_memberships", "users"];

/** All of them. */
export const WRONG_CONFIGURATIONS: readonly WrongConfiguration[] = [
  { what: "the domain is missing", text: "matrix: {}" },
  { what: "the domain is empty", text: 'matrix: { domain: "" }' },
  { what: "a user ID instead of the domain", text: 'matrix: { domain: "@bob:example.org" }' },
  { what: "a misspelt section", text: "notfy: { delay: 10s }" },
  { what: "a misspelt key", text: "notify: { dealy: 10s }" },
  { what: "a key in the wrong section", text: "notify: { perAddress: 20/day }" },
  { what: "a key outside its section", text: "domain: example.org" },
  { what: "a key that nothing has", text: "tls: { cipherSuites: modern }" },
  { what: "a key with dots", text: "ldap.connection.host: ldap.example.org" },
  { what: "a section twice", text: "memory: { enabled: true }\nserver: {}\nmemory: {}" },
  { what: "a key twice", text: "server:\n  port: 8090\n  port: 8091" },
  { what: "a text in a section's place", text: "server: 8090" },
  { what: "a list in a section's place", text: "server:\n  - port: 8090" },
  { what: "a text in a list's place", text: "notify: { only: '@bob:example.org' }" },
  { what: "keys in a text's place", text: "notify: { addresses: { first: true } }" },
  { what: "a list in a text's place", text: "server: { name: [a, b] }" },
  { what: "no yes or no", text: "memory: { enabled: maybe }" },
  { what: "a port out of range", text: "server: { port: 80900 }" },
  {
    what: "links to stop mails that cross the network in the clear",
    text: "server: { publicUrl: http://mxisd.example.org }",
  },
  { what: "a duration without a unit", text: "notify: { delay: 10 }" },
  { what: "an age limit that nothing passes", text: "notify: { maxAge: 0 }" },
  { what: "a limit without a period", text: "notify: { limits: { perAddress: 20 } }" },
  { what: "an unknown word", text: "notify: { addresses: both }" },
  { what: "no mail address", text: "notify: { redirectTo: admin }" },
  { what: "an unknown word for what a mail tells", text: "notify: { content: none }" },
  { what: "a colour without quotes", text: "notify:\n  brand:\n    color: #0f766e" },
  { what: "a colour by its name", text: "notify: { brand: { color: teal } }" },
  {
    what: "a logo that most mail programs do not show",
    text: "notify: { brand: { logo: logo.svg } }",
    machine: { files: { "logo.svg": "<svg/>" } },
  },
  {
    what: "the public key of DKIM",
    text: smtp("dkim: { domain: example.org, selector: a, key: { file: dkim.pem } }"),
    machine: { files: { "dkim.pem": "-----BEGIN PUBLIC KEY-----" } },
  },
  {
    what: "a signature of another domain",
    text: smtp("dkim: { domain: example.net, selector: a, key: { file: dkim.pem } }"),
    machine: { files: { "dkim.pem": DKIM_KEY } },
  },
  { what: "no time zone", text: "notify: { timeZone: Berlin }" },
  { what: "no language", text: "notify: { language: german language }" },
  { what: "a language without words", text: "notify: { language: sv-SE }" },
  { what: "templates that are not there", text: "notify: { templates: /missing }" },
  { what: "a mail address for an invitee", text: "notify: { only: [bob@example.org] }" },
  { what: "a link to anywhere", text: 'notify: { link: "http://example.org/{room}" }' },
  { what: "a link with an unknown placeholder", text: 'notify: { link: "https://e.org/{id}" }' },
  { what: "a URL without a scheme", text: endpoint("url: localhost:8008", TOKEN) },
  { what: "no URL of the homeserver", text: endpoint("", TOKEN) },
  { what: "no hs_token", text: endpoint(URL, "") },
  { what: "an empty hs_token", text: endpoint(URL, 'token: ""') },
  { what: "a published example for a token", text: endpoint(URL, "token: HS_TOKEN_CHANGE_ME") },
  { what: "a short token", text: endpoint(URL, "token: tiny") },
  {
    what: "equal tokens",
    text: endpoint(`${URL}, token: 0123456789abcdef`, "token: 0123456789abcdef"),
  },
  { what: "a token that no URL can carry", text: endpoint(URL, 'token: "a&b=0123456789#+"') },
  { what: "a token with a line break", text: endpoint(URL, 'token: "0123456789\\nabcdef"') },
  { what: "a secret's file is missing", text: endpoint(URL, "token: { file: hs_token.txt }") },
  { what: "a secret's variable is not set", text: endpoint(URL, "token: { env: MXISD_HS }") },
  { what: "a variable that cannot be read", text: endpoint(URL, "token: { env: HS_TOKEN }") },
  { what: "a secret with another key", text: endpoint(URL, "token: { path: hs_token }") },
  {
    what: "the registration is missing, and so are the tokens",
    text: `appsvc:
  endpoint:
    toHS: { ${URL} }
  registration:
    synapse: { file: registration.yaml }
`,
  },
  {
    what: "old and new keys that differ",
    text: `matrix:
  domain: example.org
  listener:
    url: http://localhost:8008
    token: { hs: another-0123456789 }
`,
  },
  {
    what: "an unknown key among old ones",
    text: `matrix:
  domain: example.org
  listener:
    url: http://localhost:8008
    tokens: { hs: hs-0123456789abcdef }
`,
  },
  {
    what: "the URL's port is not the one listened on",
    text: endpoint(URL, `url: "http://127.0.0.1:9000", ${TOKEN}`),
  },
  {
    what: "the service is switched off",
    text: "appsvc:\n  enabled: false\n  endpoint:\n" +
      `    toHS: { ${URL} }\n    toAS: { ${TOKEN} }`,
  },
  {
    what: "Synapse's database for ours",
    text: "storage: { provider: { sqlite: { database: homeserver.db } } }",
    machine: { databases: { "homeserver.db": SYNAPSE } },
  },
  {
    what: "another program's database",
    text: "storage: { provider: { sqlite: { database: cookies.db } } }",
    machine: { databases: { "cookies.db": ["cookies"] } },
  },
  {
    what: "a file that is no database",
    text: "storage: { provider: { sqlite: { database: notes.db } } }",
    machine: { databases: { "notes.db": null } },
  },
  {
    what: "a database in no folder",
    text: "storage: { provider: { sqlite: { database: /missing/mxisd.db } } }",
  },
  {
    what: "mxisd's own database",
    text: "storage: { provider: { sqlite: { database: mxisd.db } } }",
    machine: { databases: { "mxisd.db": ["as_txn", "invite_3pid"] } },
  },
  { what: "PostgreSQL for the storage", text: "storage: { backend: postgresql }" },
  { what: "a directory that is nowhere", text: "ldap: { enabled: true }" },
  {
    what: "a key of Firebase that is not there",
    text: "firebase: { enabled: true, credentials: /missing/key.json }",
  },
  {
    what: "a database without a user",
    text: "synapseSql: { enabled: true, type: postgresql, connection: //localhost/synapse }",
  },
  {
    what: "a database's address without brackets",
    text: "sql: { enabled: true, type: mariadb, connection: '//::1/people?user=mxisd' }",
  },
  {
    what: "a database at another machine, without TLS",
    text: "sql: { enabled: true, type: postgresql, connection: '//db/people?user=a&password=b' }",
  },
  {
    what: "a query without a place for the user",
    text: "sql: { profile: { threepid: { query: \"SELECT 'email', mail FROM people\" } } }",
  },
  { what: "an unknown handler", text: "notification: { handler: { email: mailgun } }" },
  { what: "no API key of SendGrid", text: "notification: { handler: { email: sendgrid } }" },
  {
    what: "no sender for SendGrid",
    text: sendgrid("api: { key: SG-0123456789 }") + NOBODY,
  },
  {
    what: "two senders",
    text: sendgrid("api: { key: SG-0123456789 }, identity: { from: chat@example.org }") +
      "threepid: { medium: { email: { identity: { from: matrix@example.org } } } }",
  },
  {
    what: "an API key that is none",
    text: sendgrid('api: { key: "SG-01234\\n56789" }'),
  },
  {
    what: "an API key in the clear",
    text: sendgrid('api: { key: SG-0123456789, url: "http://mail.example.org" }'),
  },
  {
    what: "a SendGrid template that is not there",
    text: sendgrid(
      "api: { key: SG-0123456789 }, " +
        "templates: { generic: { matrixId: { subject: a, body: { text: mail.txt } } } }",
    ),
  },
  {
    what: "a SendGrid template without a subject",
    text: sendgrid(
      "api: { key: SG-0123456789 }, " +
        "templates: { generic: { matrixId: { body: { html: mail.html } } } }",
    ),
    machine: { files: { "mail.html": "<p>" } },
  },
  {
    what: "a subject of two lines",
    text: sendgrid(
      "api: { key: SG-0123456789 }, " +
        'templates: { generic: { matrixId: { subject: "a\\nb", body: { text: mail.txt } } } }',
    ),
    machine: { files: { "mail.txt": "" } },
  },
  {
    what: "a subject and no body",
    text: sendgrid(
      "api: { key: SG-0123456789 }, templates: { generic: { matrixId: { subject: a } } }",
    ),
  },
  {
    what: "an .eml template for SendGrid",
    text: sendgrid("api: { key: SG-0123456789 }") + `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      generators: { template: { generic: { matrixId: mail.eml } } }
`,
  },
  {
    what: "no mails, and a handler that sends them",
    text: sendgrid("api: { key: SG-0123456789 }") + `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connector: none
`,
  },
  { what: "no sendmail", text: sendmail("command: /opt/mail.sh") },
  {
    what: "an address that may be an option",
    text: sendmail('command: ca.pem, args: [-i, "{to}"]'),
    machine: { files: { "ca.pem": "" } },
  },
  { what: "no store is enabled", text: "memory: { enabled: false }" },
  { what: "a store lacks what it needs", text: "rest: { enabled: true }" },
  {
    what: "a store may take longer than an invitation is worked on",
    text: "rest: { enabled: true, host: https://people.example.org, timeout: 1h }",
  },
  {
    what: "a query that Synapse outgrew",
    text: "synapseSql:\n  enabled: false\n  profile:\n    role:\n" +
      "      query: SELECT group_id FROM group_users WHERE user_id = ?",
  },
  {
    what: "a file that is only beside the configuration",
    text: "synapseSql: { enabled: true, type: sqlite, connection: homeserver.db }",
    machine: { cwd: "/srv", databases: { "homeserver.db": SYNAPSE } },
  },
  {
    what: "no sender",
    text: "threepid: { medium: { email: { connectors: { smtp: { host: mail.example.org } } } } }",
  },
  {
    what: "no mail server",
    text: "threepid: { medium: { email: { identity: { from: matrix@example.org } } } }",
  },
  {
    what: "a password in the clear",
    text: smtp("tls: 0, login: matrix, password: hunter2hunter2"),
  },
  {
    what: "a token in the clear",
    text: "rest: { enabled: true, host: http://people.example.org, bearer: hunter2hunter2 }",
  },
  { what: "TLS from the start at another port", text: smtp("tls: 3") },
  { what: "STARTTLS at the port without", text: smtp("port: 465") },
  { what: "an unknown TLS mode", text: smtp("tls: starttls") },
  {
    what: "no folder for mails",
    text: `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connector: file
`,
  },
  {
    what: "a template that is not there",
    text: `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors: { smtp: { host: smtp.example.org } }
      generators: { template: { generic: { matrixId: mail.eml } } }
`,
  },
  {
    what: "a certificate file without a certificate",
    text: "tls: { ca: ca.pem }",
    machine: { files: { "ca.pem": "-----BEGIN PRIVATE KEY-----\n" } },
  },
  { what: "an unknown level", text: "logging: { level: verbose }" },
  { what: "what mxisd did besides", text: "key: { path: keys }\nlookup: { recursive: {} }" },
  { what: "a text that begins with @", text: "notify:\n  only: [@bob:example.org]" },
  { what: "a text that begins with *", text: "notify:\n  only:\n    - *:example.org" },
  { what: "a text that begins with !", text: "tls:\n  ca: !ca.pem" },
  { what: "a colon in a text", text: "threepid: Chat: for all" },
  { what: "a tab", text: "server:\n\tport: 8090" },
  { what: "an open quotation mark", text: 'tls: { ca: "ca.pem }' },
  { what: "a wrong indentation", text: "server:\n  port: 8090\n name: example.org" },
  { what: "two documents", text: "server: {}\n---\ntls: {}" },
  { what: "no keys at all", text: "- matrix" },
];
