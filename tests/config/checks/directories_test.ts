import assert from "node:assert/strict";
import { directoriesOf } from "../../../src/identity/ldap/section.ts";
import { loaded, messagesFor } from "../configuration.ts";

const CONNECTION = "{ host: localhost, baseDNs: [dc=example] }";

async function hostsOf(text: string) {
  const { settings } = await loaded(text);
  return directoriesOf(settings.ldap).map(({ directory, index }) => [
    index,
    ...directory.connection.host,
  ]);
}

Deno.test("the smallest section of mxisd's documentation is a directory", async () => {
  const { settings, problems, storesInOrder } = await loaded(`ldap:
  enabled: true
  connection:
    host: 'ldapHostnameOrIp'
    port: 389
    bindDn: 'CN=My Mxisd User,OU=Users,DC=example,DC=org'
    bindPassword: 'TheUserPassword'
    baseDNs:
      - 'OU=Users,DC=example,DC=org'
  filter: '(memberOf=CN=My Matrix Users,OU=Groups,DC=example,DC=org)'
  attribute:
    uid:
      type: 'uid'
      value: 'sAMAccountName'
    name: 'cn'
    threepid:
      email:
        - 'mail'
        - 'otherMailAttribute'
      msisdn:
        - 'phone'
  directory:
    attribute:
      other:
        - 'myNicknameAttribute'
`);
  assert.deepEqual(problems.map(({ severity, line, message }) => [severity, line, message]), [
    ["warning", 3, "the password is sent unencrypted: write starttls or true"],
    [
      "notice",
      20,
      "these keys belong to other features of mxisd and are ignored: ldap.directory, " +
      "ldap.attribute.threepid.msisdn",
    ],
  ]);
  assert.deepEqual(storesInOrder, ["ldap", "memory"]);
  assert.deepEqual(settings.ldap.connection.host, ["ldapHostnameOrIp"]);
  assert.deepEqual(settings.ldap.attribute.threepid.email, ["mail", "otherMailAttribute"]);
});

Deno.test("netiq has the keys of ldap", async () => {
  const { settings, storesInOrder } = await loaded(
    `netiq: { enabled: true, connection: ${CONNECTION}, auth: { filter: x } }`,
  );
  assert.deepEqual(storesInOrder, ["netiq", "memory"]);
  assert.equal(settings.netiq.attribute.uid.value, "sAMAccountName");
});

Deno.test("the port, the login and the kind of TLS are read as administrators write them", async () => {
  for (
    const [written, tls] of [["yes", true], ["'on'", true], ["StartTLS", "starttls"], ["no", false]]
  ) {
    const { settings } = await loaded(`ldap: { connection: { tls: ${written}, port: "1389" } }`);
    assert.equal(settings.ldap.connection.tls, tls);
    assert.equal(settings.ldap.connection.port, 1389);
  }
});

Deno.test("a list of directories may be the section itself or below directories", async () => {
  const list = `
  - connection: ${CONNECTION}
  - { enabled: no, connection: ${CONNECTION} }
  - connection: { host: [one.example.org, "two.example.org:1389"], baseDn: dc=example }
`;
  const expected = [[0, "localhost"], [2, "one.example.org", "two.example.org:1389"]];
  assert.deepEqual(await hostsOf(`ldap:${list}`), expected);
  assert.deepEqual(await hostsOf(`ldap:\n  enabled: true\n  directories:${list}`), expected);
});

Deno.test("a section whose directories are all disabled is not used", async () => {
  const { storesInOrder } = await loaded("ldap:\n  - enabled: false\n  - enabled: no");
  assert.deepEqual(storesInOrder, ["memory"]);
});

Deno.test("errors in a list are reported at their positions in the file", async () => {
  const messages = await messagesFor(`ldap:
  - connection: { host: "ldap://one.example.org", baseDNs: [dc=example] }
  - connection: { host: localhost, bindDn: cn=mxisd, baseDNs: [dc=example] }
    filter: (mail=*
  - { auth: { filter: x }, nmae: x, connection: { tls: true, baseDNs: [dc=example] } }
`);
  assert.deepEqual(messages, [
    "mxisd.yaml:2:19: ldap[0].connection.host[0]: expected a host such as ldap.example.org or " +
    'ldap.example.org:1389, not a URL, not "ldap://one.example.org"',
    "mxisd.yaml:3:5: ldap[1].connection.bindPassword: is missing: without it the login is " +
    "anonymous in spite of bindDn",
    "mxisd.yaml:4:5: ldap[1].filter: is not a valid filter: at character 8: expected )",
    "mxisd.yaml:5:7: notice: these keys belong to other features of mxisd and are ignored: " +
    "ldap[2].auth",
    "mxisd.yaml:5:28: ldap[2].nmae: is unknown: the keys here are enabled, filter, username, activeDirectory, defaultDomain, connection, " +
    "attribute, profile",
    "mxisd.yaml:5:37: ldap[2].connection.host: is missing: set the directory's host name",
  ]);
});

Deno.test("an empty password is refused, and so is a password without a bind DN", async () => {
  for (const password of ["", ", bindPassword: ''", ", bindPassword: { env: MXISD_EMPTY }"]) {
    const messages = await messagesFor(
      `ldap: { enabled: true, connection: { host: localhost, baseDNs: [x], bindDn: cn=a${password} } }`,
      { env: { MXISD_EMPTY: "" } },
    );
    assert.match(
      messages.join(),
      /connection\.bindPassword: is missing: without it the login is anonymous/,
    );
  }
  const messages = await messagesFor(
    "ldap: { enabled: true, connection: { host: localhost, baseDNs: [x], bindPassword: hunter2 } }",
  );
  assert.match(messages.join(), /connection\.bindDn: is missing: bindPassword needs it/);
  assert.doesNotMatch(messages.join(), /hunter2/);
});

Deno.test("keys beside a list of directories are refused", async () => {
  const messages = await messagesFor(`ldap:
  enabled: true
  filter: (mail=*)
  directories: [{ connection: ${CONNECTION} }]
`);
  assert.deepEqual(messages, [
    "mxisd.yaml:3:3: ldap.filter: has no effect beside directories: move it into each of them",
  ]);
});

Deno.test("a port that does not match the TLS mode is a warning", async () => {
  const warnings = (connection: string) =>
    messagesFor(
      `ldap: { enabled: true, connection: { host: localhost, baseDNs: [x], ${connection} } }`,
    );
  assert.match((await warnings("tls: true")).join(), /warning: .*port 389 does not use TLS/);
  assert.match((await warnings("port: 636")).join(), /warning: .*port 636 uses TLS/);
  assert.deepEqual(await warnings("tls: true, port: 636"), []);
});
