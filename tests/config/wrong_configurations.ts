/** Wrong configurations, from which the table in docs/ is generated. */

import { rsaKey } from "../fakes/mail/dkim_keys.ts";
import type { MemoryMachine } from "./memory_environment.ts";

/** A wrong configuration. */
export interface WrongConfiguration {
  /** What is wrong with it. */
  readonly what: string;
  /** The part that matters; the rest is correct. */
  readonly text: string;
  readonly machine?: MemoryMachine | undefined;
}

const smtp = (keys: string) =>
  `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors:
        smtp: { host: smtp.example.org, ${keys} }
`;

const smtpHost = (host: string) =>
  `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors: { smtp: { host: ${host} } }
`;

const OAUTH2 =
  "login: matrix, oauth2: { tokenUrl: https://idp.example.org/token, clientId: mailer, " +
  "clientSecret: hunter2hunter2 }";

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

const registered = (toHS: string, toAS: string) =>
  endpoint(`${URL}, ${toHS}`, toAS) + "  registration:\n    synapse: { file: registration.yaml }\n";

const REGISTRATION = `id: appservice-mxisd
url: http://localhost:8090
as_token: as-fedcba9876543210
hs_token: hs-fedcba9876543210
sender_localpart: mxisd
namespaces: { users: [], aliases: [], rooms: [] }
`;

// 1024 bits are a warning of their own.
const DKIM_KEY = rsaKey(1024).pem;

const URL = 'url: "http://localhost:8008"';
const TOKEN = "token: hs-0123456789abcdef";
const SYNAPSE = ["events", "event_json", "room_memberships", "users"];

export const WRONG_CONFIGURATIONS: readonly WrongConfiguration[] = [
  { what: "the domain is missing", text: "matrix: {}" },
  { what: "the domain is empty", text: 'matrix: { domain: "" }' },
  { what: "a user ID instead of the domain", text: 'matrix: { domain: "@bob:example.org" }' },
  { what: "a misspelt section", text: "notfy: { delay: 10s }" },
  { what: "a misspelt key", text: "notify: { dealy: 10s }" },
  { what: "a key in the wrong section", text: "notify: { perAddress: 20/day }" },
  { what: "a key outside its section", text: "domain: example.org" },
  { what: "an unknown key", text: "tls: { cipherSuites: modern }" },
  { what: "a key with dots", text: "ldap.connection.host: ldap.example.org" },
  { what: "a duplicate section", text: "memory: { enabled: true }\nserver: {}\nmemory: {}" },
  { what: "a duplicate key", text: "server:\n  port: 8090\n  port: 8091" },
  { what: "text instead of a section", text: "server: 8090" },
  { what: "a list instead of a section", text: "server:\n  - port: 8090" },
  { what: "text instead of a list", text: "notify: { only: '@bob:example.org' }" },
  { what: "keys instead of text", text: "notify: { addresses: { first: true } }" },
  { what: "a list instead of text", text: "server: { name: [a, b] }" },
  { what: "neither true nor false", text: "memory: { enabled: maybe }" },
  { what: "a port out of range", text: "server: { port: 80900 }" },
  {
    what: "unencrypted links to stop emails",
    text: "server: { publicUrl: http://mxisd.example.org }",
  },
  {
    what: "people who use a client are spared, but the homeserver is not asked",
    text: "notify: { activeWithin: 5m }",
  },
  {
    what: "people are told that they were added, but the homeserver is not asked",
    text: "notify: { added: true }",
  },
  {
    what: "the homeserver's API is asked without a token",
    text: "notify: { homeserver: api }",
  },
  {
    what: "Synapse's database is asked, and not specified",
    text: "notify: { homeserver: database }",
  },
  {
    what: "Synapse's database is asked, at an address that is none",
    text: "notify: { homeserver: database }\n" +
      "synapseSql: { type: postgresql, connection: /var/lib/homeserver.db }",
  },
  { what: "a duration without a unit", text: "notify: { delay: 10 }" },
  { what: "an age limit that every invite exceeds", text: "notify: { maxAge: 0 }" },
  { what: "a limit without a period", text: "notify: { limits: { perAddress: 20 } }" },
  { what: "an unknown value", text: "notify: { addresses: both }" },
  { what: "an invalid email address", text: "notify: { redirectTo: admin }" },
  { what: "an unknown value for the content of emails", text: "notify: { content: none }" },
  { what: "a colour without quotes", text: "notify:\n  brand:\n    color: #0f766e" },
  { what: "a colour by its name", text: "notify: { brand: { color: teal } }" },
  {
    what: "a logo that most mail clients do not show",
    text: "notify: { brand: { logo: logo.svg } }",
    machine: { files: { "logo.svg": "<svg/>" } },
  },
  {
    what: "the public instead of the private key for DKIM",
    text: smtp("dkim: { domain: example.org, selector: a, key: { file: dkim.pem } }"),
    machine: { files: { "dkim.pem": "-----BEGIN PUBLIC KEY-----" } },
  },
  {
    what: "a DKIM signature of another domain",
    text: smtp("dkim: { domain: example.net, selector: a, key: { file: dkim.pem } }"),
    machine: { files: { "dkim.pem": DKIM_KEY } },
  },
  { what: "an invalid time zone", text: "notify: { timeZone: Berlin }" },
  { what: "an invalid language", text: "notify: { language: german language }" },
  { what: "a language without a translation", text: "notify: { language: sv-SE }" },
  { what: "a missing folder of templates", text: "notify: { templates: /missing }" },
  { what: "an email address instead of a Matrix ID", text: "notify: { only: [bob@example.org] }" },
  {
    what: "an inviter without @",
    text: "notify: { inviters: { except: ['whatsapp_*:example.org'] } }",
  },
  { what: "a domain for bounces that is none", text: "notify: { bounces: { domain: '@x' } }" },
  { what: "a folder for bounces without a domain", text: "notify: { bounces: { folder: b } }" },
  {
    what: "a key for bounces that is none",
    text: "notify: { bounces: { webhook: { publicKey: MFkw } } }",
  },
  { what: "digests switched on by a word", text: "notify: { digest: on }" },
  { what: "a digest window without a unit", text: "notify: { digest: { window: 10 } }" },
  {
    what: "a longest digest window that is the shorter one",
    text: "notify: { digest: { window: 1h, longest: 10m } }",
  },
  { what: "quiet hours without an end", text: "notify: { quietHours: { from: '22:00' } }" },
  {
    what: "quiet hours that hardly end",
    text: "notify: { quietHours: { from: '8:00', to: '7:00' } }",
  },
  { what: "a time of day without a colon", text: "notify: { quietHours: { from: 22, to: 7 } }" },
  {
    what: "a week of quiet days",
    text: "notify: { quietHours: { days: [mon, tue, wed, thu, fri, sat, sun] } }",
  },
  { what: "a room by its name", text: "notify: { rooms: { except: [Lunch] } }" },
  {
    what: "a URL instead of a server",
    text: "notify: { servers: { only: ['https://example.org'] } }",
  },
  { what: "an unencrypted link to rooms", text: 'notify: { link: "http://example.org/{room}" }' },
  { what: "a link with an unknown placeholder", text: 'notify: { link: "https://e.org/{id}" }' },
  {
    what: "a link with a placeholder of mxisd",
    text: 'notify: { link: "https://chat.example.org/#/room/%ROOM_ID%" }',
  },
  {
    what: "a link with a placeholder of a shell",
    text: 'notify: { link: "https://chat.example.org/#/room/$room" }',
  },
  {
    what: "a link with a placeholder of other templates",
    text: 'notify: { link: "https://chat.example.org/#/room/{{ room }}" }',
  },
  {
    what: "a link that does not name the room",
    text: 'notify: { link: "https://chat.example.org/?{via}" }',
  },
  {
    what: "a placeholder in a text without any",
    text: 'notify: { brand: { footer: "Chat of %DOMAIN%" } }',
  },
  {
    what: "a placeholder in a URL without any",
    text: 'server: { publicUrl: "https://${matrix.domain}" }',
  },
  { what: "a URL without a scheme", text: endpoint("url: localhost:8008", TOKEN) },
  { what: "a missing URL of the homeserver", text: endpoint("", TOKEN) },
  { what: "a missing hs_token", text: endpoint(URL, "") },
  { what: "an empty hs_token", text: endpoint(URL, 'token: ""') },
  { what: "a published example as a token", text: endpoint(URL, "token: HS_TOKEN_CHANGE_ME") },
  { what: "a short token", text: endpoint(URL, "token: tiny") },
  {
    what: "equal tokens",
    text: endpoint(`${URL}, token: 0123456789abcdef`, "token: 0123456789abcdef"),
  },
  {
    what: "a token that has to be encoded in URLs",
    text: endpoint(URL, 'token: "a&b=0123456789#+"'),
  },
  { what: "a token with a line break", text: endpoint(URL, 'token: "0123456789\\nabcdef"') },
  { what: "a missing file with a secret", text: endpoint(URL, "token: { file: hs_token.txt }") },
  { what: "an unset variable with a secret", text: endpoint(URL, "token: { env: MXISD_HS }") },
  { what: "a variable without the prefix MXISD_", text: endpoint(URL, "token: { env: HS_TOKEN }") },
  { what: "a secret with an unknown key", text: endpoint(URL, "token: { path: hs_token }") },
  {
    what: "a missing registration, and no tokens",
    text: `appsvc:
  endpoint:
    toHS: { ${URL} }
  registration:
    synapse: { file: registration.yaml }
`,
  },
  {
    what: "swapped tokens",
    text: registered("token: hs-fedcba9876543210", "token: as-fedcba9876543210"),
    machine: { files: { "registration.yaml": REGISTRATION } },
  },
  {
    what: "swapped tokens in files",
    text: registered("token: { file: hs_token }", "token: { file: as_token }"),
    machine: {
      files: {
        "registration.yaml": REGISTRATION,
        hs_token: "hs-fedcba9876543210\n",
        as_token: "as-fedcba9876543210\n",
      },
    },
  },
  {
    what: "another token than in the registration",
    text: registered("token: as-of-another-service", "token: hs-fedcba9876543210"),
    machine: { files: { "registration.yaml": REGISTRATION } },
  },
  {
    what: "an old and a new key with different values",
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
    what: "a URL with another port than the service's",
    text: endpoint(URL, `url: "http://127.0.0.1:9000", ${TOKEN}`),
  },
  {
    what: "a disabled service",
    text: "appsvc:\n  enabled: false\n  endpoint:\n" +
      `    toHS: { ${URL} }\n    toAS: { ${TOKEN} }`,
  },
  {
    what: "Synapse's database instead of the service's own",
    text: "storage: { provider: { sqlite: { database: homeserver.db } } }",
    machine: { databases: { "homeserver.db": SYNAPSE } },
  },
  {
    what: "another program's database",
    text: "storage: { provider: { sqlite: { database: cookies.db } } }",
    machine: { databases: { "cookies.db": ["cookies"] } },
  },
  {
    what: "a file that is not a database",
    text: "storage: { provider: { sqlite: { database: notes.db } } }",
    machine: { databases: { "notes.db": null } },
  },
  {
    what: "a database in a missing folder",
    text: "storage: { provider: { sqlite: { database: /missing/mxisd.db } } }",
  },
  {
    what: "mxisd's own database",
    text: "storage: { provider: { sqlite: { database: mxisd.db } } }",
    machine: { databases: { "mxisd.db": ["as_txn", "invite_3pid"] } },
  },
  {
    what: "PostgreSQL as the storage, without a database",
    text: "storage: { backend: postgresql }",
  },
  {
    what: "PostgreSQL as the storage, without a user",
    text: "storage:\n  backend: postgresql\n  provider:\n    postgresql:\n" +
      "      database: //localhost/ma1sd\n      password: hunter2hunter2",
  },
  {
    what: "the name of a PostgreSQL database instead of its address",
    text: "storage:\n  backend: postgresql\n  provider:\n    postgresql:\n" +
      "      database: ma1sd\n      username: ma1sd",
  },
  {
    what: "a schema that has to be quoted",
    text: "storage:\n  backend: postgresql\n  provider:\n    postgresql:\n" +
      "      database: //localhost/ma1sd\n      username: ma1sd\n      schema: Our-Mails",
  },
  { what: "a directory without a host", text: "ldap: { enabled: true }" },
  { what: "a filter with a placeholder for the user", text: "ldap: { filter: (uid=%uid) }" },
  {
    what: "a filter with another placeholder for the user",
    text: 'ldap: { profile: { filter: "(&(objectClass=person)(uid={0}))" } }',
  },
  {
    what: "a base DN with a placeholder",
    text: 'ldap: { connection: { baseDNs: ["OU=%s,DC=example,DC=org"] } }',
  },
  {
    what: "two ways to build the name in a directory",
    text: `ldap:
  enabled: true
  activeDirectory: true
  defaultDomain: ad.example.org
  username: "{localpart}@ad.example.org"
  attribute: { uid: { value: userPrincipalName } }
  connection: { host: 127.0.0.1, baseDNs: ["DC=ad,DC=example,DC=org"] }
`,
  },
  {
    what: "names with a domain in an attribute without",
    text: `ldap:
  enabled: true
  activeDirectory: true
  connection: { host: 127.0.0.1, baseDNs: ["DC=ad,DC=example,DC=org"] }
`,
  },
  {
    what: "a template of names without a placeholder for the user",
    text: 'ldap: { username: "%s@ad.example.org" }',
  },
  {
    what: "a missing key file for Firebase",
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
    what: "a database on another machine without TLS",
    text: "sql: { enabled: true, type: postgresql, connection: '//db/people?user=a&password=b' }",
  },
  {
    what: "a query without a placeholder for the user",
    text: "sql: { profile: { threepid: { query: \"SELECT 'email', mail FROM people\" } } }",
  },
  {
    what: "a query with a placeholder of another program",
    text: "sql: { profile: { displayName: { query: SELECT name FROM people WHERE id = %u } } }",
  },
  {
    what: "a query with a named parameter",
    text: "sql: { profile: { displayName: { query: SELECT name FROM people WHERE id = :user } } }",
  },
  {
    what: "a query with a quoted placeholder",
    text: "sql: { profile: { displayName: { query: SELECT name FROM people WHERE id = '?' } } }",
  },
  { what: "an unknown handler", text: "notification: { handler: { email: mailgun } }" },
  {
    what: "a missing API key for SendGrid",
    text: "notification: { handler: { email: sendgrid } }",
  },
  {
    what: "a missing sender for SendGrid",
    text: sendgrid("api: { key: SG-0123456789 }") + NOBODY,
  },
  {
    what: "two senders",
    text: sendgrid("api: { key: SG-0123456789 }, identity: { from: chat@example.org }") +
      "threepid: { medium: { email: { identity: { from: matrix@example.org } } } }",
  },
  {
    what: "an invalid API key",
    text: sendgrid('api: { key: "SG-01234\\n56789" }'),
  },
  {
    what: "an unencrypted API key",
    text: sendgrid('api: { key: SG-0123456789, url: "http://mail.example.org" }'),
  },
  {
    what: "a missing SendGrid template",
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
    what: "a subject without a body",
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
    what: "the connector none with a handler that sends emails",
    text: sendgrid("api: { key: SG-0123456789 }") + `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connector: none
`,
  },
  { what: "a missing sendmail program", text: sendmail("command: /opt/mail.sh") },
  {
    what: "an address that may be read as an option",
    text: sendmail('command: ca.pem, args: [-i, "{to}"]'),
    machine: { files: { "ca.pem": "" } },
  },
  { what: "no enabled identity store", text: "memory: { enabled: false }" },
  { what: "an enabled store without its required keys", text: "rest: { enabled: true }" },
  {
    what: "a timeout that is too long for a lookup",
    text: "rest: { enabled: true, host: https://people.example.org, timeout: 1h }",
  },
  {
    what: "a query for an old version of Synapse",
    text: "synapseSql:\n  enabled: false\n  profile:\n    role:\n" +
      "      query: SELECT group_id FROM group_users WHERE user_id = ?",
  },
  {
    what: "a file that exists only beside the configuration",
    text: "synapseSql: { enabled: true, type: sqlite, connection: homeserver.db }",
    machine: { cwd: "/srv", databases: { "homeserver.db": SYNAPSE } },
  },
  {
    what: "a missing sender",
    text: "threepid: { medium: { email: { connectors: { smtp: { host: mail.example.org } } } } }",
  },
  {
    what: "a missing mail server",
    text: "threepid: { medium: { email: { identity: { from: matrix@example.org } } } }",
  },
  { what: "a mail server with a port", text: smtpHost("mail.example.org:465") },
  { what: "a mail server with a scheme", text: smtpHost("smtps://mail.example.org") },
  { what: "a mail server with a blank", text: smtpHost('"mail.example.org "') },
  { what: "an address to listen on with a port", text: "server: { host: 127.0.0.1:8090 }" },
  { what: "another program's name for a key", text: smtp("user: matrix, pass: hunter2hunter2") },
  {
    what: "another program's name for a key of another section",
    text: "ldap: { enabled: false, user: CN=mxisd }",
  },
  {
    what: "an unencrypted password",
    text: smtp("tls: 0, login: matrix, password: hunter2hunter2"),
  },
  {
    what: "an unencrypted token",
    text: "rest: { enabled: true, host: http://people.example.org, bearer: hunter2hunter2 }",
  },
  { what: "a password beside OAuth 2.0", text: smtp(`password: hunter2hunter2, ${OAUTH2}`) },
  { what: "OAuth 2.0 without a user", text: smtp(OAUTH2.replace("login: matrix, ", "")) },
  { what: "an unencrypted access token", text: smtp(`tls: 0, ${OAUTH2}`) },
  { what: "an unencrypted token endpoint", text: smtp(OAUTH2.replace("https", "http")) },
  { what: "OAuth 2.0 without any secret", text: smtp(OAUTH2.replace(/, clientSecret: \w+/, "")) },
  { what: "a login without a password", text: smtp("login: matrix@example.org") },
  { what: "a password without a login", text: smtp("password: hunter2hunter2") },
  { what: "a port in the name for EHLO", text: smtp('name: "chat.example.org:25"') },
  { what: "an IP address as the name for EHLO", text: smtp("name: 192.0.2.1") },
  { what: "an unknown rate", text: smtp("rate: 30/second") },
  { what: "TLS from the start on the port for STARTTLS", text: smtp("tls: 3") },
  { what: "STARTTLS on the port for TLS from the start", text: smtp("port: 465") },
  { what: "an unknown TLS mode", text: smtp("tls: starttls") },
  {
    what: "a missing folder for emails",
    text: `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connector: file
`,
  },
  {
    what: "a missing template",
    text: `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors: { smtp: { host: smtp.example.org } }
      generators: { template: { generic: { matrixId: mail.eml } } }
`,
  },
  {
    what: "a folder instead of a template",
    text: `threepid:
  medium:
    email:
      identity: { from: matrix@example.org }
      connectors: { smtp: { host: smtp.example.org } }
      generators: { template: { generic: { matrixId: /etc/mxisd } } }
`,
  },
  {
    what: "a missing file beside other errors",
    text: "memory: { enabled: true, file: people.csv, people: [] }",
  },
  {
    what: "a certificate file without a certificate",
    text: "tls: { ca: ca.pem }",
    machine: { files: { "ca.pem": "-----BEGIN PRIVATE KEY-----\n" } },
  },
  { what: "an unknown log level", text: "logging: { level: verbose }" },
  { what: "a DNS server by its name", text: "doctor: { resolver: dns.example.org }" },
  {
    what: "keys of mxisd's other features",
    text: "key: { path: keys }\nlookup: { recursive: {} }",
  },
  { what: "a value that begins with @", text: "notify:\n  only: [@bob:example.org]" },
  { what: "a value that begins with *", text: "notify:\n  only:\n    - *:example.org" },
  { what: "a value that begins with !", text: "tls:\n  ca: !ca.pem" },
  { what: "a colon in a value", text: "threepid: Chat: for all" },
  { what: "a tab in the indentation", text: "server:\n\tport: 8090" },
  { what: "an unclosed quotation mark", text: 'tls: { ca: "ca.pem }' },
  { what: "a wrong indentation", text: "server:\n  port: 8090\n name: example.org" },
  { what: "two documents", text: "server: {}\n---\ntls: {}" },
  { what: "no keys at all", text: "- matrix" },
];
