/** The examples of mxisd's and ma1sd's documentation, in words of our own. */

/** An example of mxisd's or ma1sd's documentation, in words of our own. */
export interface Example {
  readonly text: string;
  /** The keys that are named as of no use here. */
  readonly ignored?: string;
  /** What has to be changed: the line and what the message says, for each error. */
  readonly change?: Readonly<Record<number, RegExp>>;
}

const SQLITE_QUERY = "SELECT medium, address FROM addresses WHERE user = ?";

/**
 * The pages "Configuration", "Storage", "Logging", "Notifications", the features and the stores; each
 * entry is one example of a page.
 */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  "other identity servers": {
    text: "matrix:\n  domain: example.org\n  identity:\n    servers:\n      ours:\n" +
      "        - https://id1.example.org\n",
    ignored: "matrix.identity",
  },
  "the versions of the API, and empty values to be filled in": {
    text: "matrix:\n  domain: ''\n  v1: true\n  v2: true\nkey:\n  path: ''\n",
    ignored: "key, matrix.v1, matrix.v2",
    change: { 2: /matrix\.domain: is empty: expected the homeserver's server_name/ },
  },
  "SQLite as the storage": {
    text:
      "storage:\n  backend: sqlite\n  provider:\n    sqlite:\n      database: /srv/id/store.db\n",
  },
  "PostgreSQL as the storage": {
    text: "storage:\n  backend: postgresql\n  provider:\n    postgresql:\n" +
      "      database: //localhost:5432/id\n      username: id\n      password: secret\n" +
      "      pool: true\n      maxConnectionsFree: 5\n      maxConnectionAgeMillis: 3600000\n" +
      "      checkConnectionsEveryMillis: 30000\n      testBeforeGetFromPool: false\n",
    ignored: ["pool", "maxConnectionsFree", "maxConnectionAgeMillis", "checkConnectionsEveryMillis"]
      .map((key) => `storage.provider.postgresql.${key}, `).join("") +
      "storage.provider.postgresql.testBeforeGetFromPool",
  },
  "levels of the log": {
    text: "logging:\n  root: error\n  app: info\n  requests: false\n",
    ignored: "logging.requests",
  },
  "the public URL and names of the server": {
    text: "server:\n  name: id.example.org\n  port: 8090\n  publicUrl: https://id.example.org\n" +
      "  hostname: 127.0.0.1\n",
  },
  "handlers of notifications": {
    text: "notification:\n  handler:\n    email: raw\n    msisdn: raw\n",
    ignored: "notification.handler.msisdn",
  },
  "SendGrid with all of its templates": {
    text: `notification:
  handler: { email: sendgrid }
  handlers:
    sendgrid:
      api: { key: SG-0123456789 }
      identity: { from: id@example.org, name: Example }
      templates:
        invite: { subject: Invited, body: { text: /etc/id/a.txt, html: /etc/id/a.html } }
        session:
          validation: { subject: Confirm, body: { text: /etc/id/b.txt } }
          unbind: { notification: { subject: Removed, body: { text: /etc/id/c.txt } } }
`,
    ignored: "notification.handlers.sendgrid.templates.invite, " +
      "notification.handlers.sendgrid.templates.session",
  },
  "all templates of emails": {
    text: `threepid:
  medium:
    email:
      identity: { from: id@example.org, name: Example }
      connector: smtp
      generator: template
      connectors:
        smtp: { host: smtp.example.org, tls: 1, port: 587, login: id, password: secret }
      generators:
        template:
          invite: /etc/id/invite.eml
          session:
            validation: /etc/id/validate.eml
            unbind: { notification: /etc/id/unbind.eml, fraudulent: /etc/id/fraud.eml }
          generic: { matrixId: "" }
          placeholder: { REGISTER_URL: "https://chat.example.org" }
    msisdn:
      connector: twilio
      generator: template
      connectors: { twilio: { account_sid: a, auth_token: b, number: "+490000000" } }
`,
    ignored: "threepid.medium.msisdn, " +
      "threepid.medium.email.generators.template.invite, " +
      "threepid.medium.email.generators.template.session",
  },
  "pages and policies of sessions": {
    text: `session:
  policy:
    validation: { enabled: true }
    unbind: { notifications: true, enabled: true, fraudulent: { sendWarning: true } }
view:
  session:
    onTokenSubmit: { success: /etc/id/yes.html, failure: /etc/id/no.html }
`,
    ignored: "session, view",
  },
  "names of homeservers": {
    text: "dns:\n  overwrite:\n    homeserver:\n      client:\n" +
      "        - { name: example.org, value: 'http://localhost:8008' }\n",
    ignored: "dns",
  },
  "a medium of one's own to log in with": {
    text: `auth:
  rewrite:
    user:
      rules:
        - { regex: "[0-9]+", medium: example.employee.id }
ldap:
  attribute:
    threepid:
      example.employee.id: [employeeNumber]
`,
    ignored: "auth, ldap.attribute.threepid.example.employee.id",
  },
  "a bridge, federation and forwarding": {
    text: `lookup:
  recursive:
    enabled: false
    bridge: { enabled: true, recursiveOnly: true, server: "http://localhost:8091" }
invite:
  resolution: { recursive: false, timer: 10, period: seconds }
  expiration: { enabled: true, after: 5, resolveTo: "@gone:example.org" }
  policy: { ifSender: { hasRole: [staff] } }
  fullDisplayName: true
forward:
  servers: [matrix-org]
`,
    ignored: "lookup, invite, forward",
  },
  "the directory, registration, hashes, terms and the internal API": {
    text: `directory: { exclude: { homeserver: true, threepid: true } }
register: { policy: { allowed: true, threepid: { email: { domain: { whitelist: ["*.example"] } } } } }
hashing:
  enabled: true
  pepperLength: 20
  rotationPolicy: per_requests
  hashStorageType: sql
  algorithms: [none, sha256]
  delay: 2m
  requests: 10
policy:
  policies:
    use:
      version: 1.0
      terms: { en: { name: Use, url: "https://id.example.org/use" } }
      regexp: ["/_matrix/identity/v2/account.*"]
internal: { enabled: true }
bulk: { enabled: true }
account: { allowOnlyTrustDomains: true }
`,
    ignored: "directory, register, hashing, policy, internal, bulk, account",
  },
  "the application service": {
    text: `appsvc:
  enabled: true
  user: { main: mxisd, inviteExpired: _mxisd_invite-expired }
  endpoint:
    toHS: { url: "http://localhost:8008", token: as-0123456789abcdef }
    toAS: { url: "http://localhost:8090", token: hs-0123456789abcdef }
  registration: { synapse: { id: appservice-ma1sd, file: /etc/matrix-synapse/ma1sd.yaml } }
  feature:
    admin: { enabled: true, allowedRoles: ["+staff:example.org", staff] }
    cleanExpiredInvite: true
    inviteById: false
`,
  },
  "a directory": {
    text: `ldap:
  enabled: true
  lookup: true
  activeDirectory: false
  defaultDomain: ''
  filter: (memberOf=CN=Matrix,OU=Groups,DC=example,DC=org)
  connection:
    host: 127.0.0.1
    port: 389
    tls: false
    bindDn: CN=reader,DC=example,DC=org
    bindPassword: secret
    baseDNs: ["DC=example,DC=org"]
  attribute:
    uid: { type: uid, value: cn }
    name: displayName
    threepid: { email: [mail], msisdn: [phone] }
  auth: { filter: (objectClass=person) }
  directory: { attribute: { other: [employeeType] }, filter: (objectClass=person) }
  identity: { filter: (objectClass=person), medium: { email: "(mail=%3pid)" }, token: "%3pid" }
  profile: { filter: (objectClass=person) }
`,
    ignored:
      "ldap.auth, ldap.directory, ldap.identity, ldap.lookup, ldap.attribute.threepid.msisdn",
  },
  "Active Directory with principal names": {
    text: `ldap:
  enabled: true
  lookup: true
  activeDirectory: true
  defaultDomain: ad.example.org
  connection: { host: 127.0.0.1, bindDn: "CN=r", bindPassword: secret, baseDNs: ["DC=ad"] }
  attribute: { uid: { type: uid, value: userPrincipalName }, name: displayName }
exec: { enabled: false, hashLookup: true }
`,
    ignored: "ldap.lookup, exec.hashLookup",
  },
  "NetIQ eDirectory": {
    text: "netiq:\n  enabled: true\n  lookup: false\n" +
      "  connection: { host: 127.0.0.1, baseDn: OU=People }\n",
    ignored: "netiq.lookup",
  },
  "a database of one's own": {
    text: `sql:
  enabled: true
  type: postgresql
  connection: //127.0.0.1/people?user=id&password=secret
  auth: { enabled: false }
  lookup: { query: SELECT mxid, medium, address FROM addresses }
  directory:
    enabled: false
    query:
      name: { type: localpart, value: SELECT id, name FROM people WHERE name LIKE ? }
      threepid: { type: localpart, value: SELECT id, name FROM people WHERE address LIKE ? }
  identity: { enabled: true, type: mxid, query: SELECT id, medium: { email: SELECT id } }
  profile:
    enabled: true
    displayName: { query: SELECT name FROM people WHERE user = ? }
    threepid: { query: "${SQLITE_QUERY}" }
    role: { type: localpart, query: SELECT role FROM roles WHERE user = ? }
`,
    ignored: "sql.auth, sql.directory, sql.identity, sql.lookup",
  },
  "Synapse's database": {
    text: `synapseSql:
  enabled: true
  type: postgresql
  connection: //127.0.0.1/synapse?user=id&password=secret
  lookup: { query: SELECT mxid, medium, address FROM addresses }
  legacyRoomNames: false
`,
    ignored: "synapseSql.lookup, synapseSql.legacyRoomNames",
  },
  "a web service with all of its endpoints": {
    text: `rest:
  enabled: true
  host: http://localhost:8080
  endpoints:
    auth: /_ma1sd/backend/api/v1/auth/login
    directory: /_ma1sd/backend/api/v1/directory/user/search
    identity: { single: /_ma1sd/backend/api/v1/identity/single, bulk: "" }
    profile:
      displayName: /_ma1sd/backend/api/v1/profile/displayName
      threepids: https://people.example.org/threepids
      roles: ""
`,
    ignored: "rest.endpoints.auth, rest.endpoints.directory, rest.endpoints.identity",
  },
  "programs": {
    text: `exec:
  enabled: true
  token: { localpart: "{localpart}", mxid: "{matrixId}", password: "{password}", query: "{query}" }
  auth: { enabled: true, command: /opt/a, args: ["{localpart}"], input: { type: plain } }
  directory: { enabled: true, search: { byName: { command: /opt/b } } }
  identity: { enabled: true, hashLookup: true, lookup: { single: { command: /opt/c } } }
  profile:
    enabled: true
    displayName: { command: /opt/d, args: [-u, "{localpart}"], output: { type: json } }
    threePid: { command: /opt/e, env: { USER_ID: "{matrixId}" }, exit: { success: [0, 128] } }
    role: { command: /opt/f, input: { type: json } }
`,
    ignored: "exec.auth, exec.directory, exec.identity, exec.token.password, exec.token.query",
  },
  "WordPress": {
    text: `wordpress:
  enabled: true
  rest: { base: "http://localhost:8080", credential: { username: a, password: b } }
  sql: { type: mysql, connection: "//127.0.0.1/wordpress?user=root&password=example" }
`,
    ignored: "wordpress.rest.credential",
  },
  "Firebase": {
    text: "firebase:\n  enabled: false\n  credentials: /etc/id/firebase.json\n" +
      "  database: https://people.firebaseio.com/\n",
  },
  "people in the configuration": {
    text: `memory:
  enabled: true
  hashEnabled: false
  identities:
    - username: bob
      password: secret
      displayName: Bob
      threepids: [{ medium: email, address: bob@example.org }]
      roles: [staff]
`,
    ignored: "memory.hashEnabled, memory.identities[0].password",
  },
  "a value of another key, as in version 1.2": {
    text: "matrix:\n  domain: example.org\nserver:\n  name: '${matrix.domain}'\n",
    change: { 4: /server\.name: .*\$\{matrix\.domain\}/ },
  },
  "keys with dots, as in version 1.2": {
    text: "rest.enabled: true\nrest.host: http://localhost:8080\nlookup.recursive.enabled: false\n",
    ignored: "lookup.recursive.enabled",
    change: { 1: /write "enabled:" below "rest:"/, 2: /write "host:" below "rest:"/ },
  },
};

/** The registration that one of them names. */
export const REGISTRATION = `id: appservice-ma1sd
url: http://localhost:8090
as_token: as-0123456789abcdef
hs_token: hs-0123456789abcdef
sender_localpart: mxisd
namespaces: { users: [], aliases: [], rooms: [] }
`;
