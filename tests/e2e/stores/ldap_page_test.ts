import assert from "node:assert/strict";
import { basicDirectory, MAPPINGS } from "../../config/pages/directory_page.ts";
import { findBob, openPage } from "../../config/pages/page.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { CA } from "../../fakes/net/certificates.ts";
import { ADMINISTRATOR, makeDomain, ROOT } from "../servers/samba.ts";
import { FIRST_SUFFIX, READER, startSlapd } from "../servers/slapd.ts";
import { tempFolder } from "../temp_folder.ts";

const PERSON = {
  cn: "Bob",
  uid: "bob",
  mail: "bob@example.org",
  description: "robert@example.com",
  telephoneNumber: "+49 170 0000000",
  employeeNumber: "4711",
};
const PROFILE = profileWith({
  id: "@bob:example.org",
  addresses: ["bob@example.org", "robert@example.com"],
  displayName: "Bob",
  roles: [],
  state: "active",
});

for (const section of ["ldap", "netiq"] as const) {
  Deno.test(`mxisd's page on directories: ${section} finds people in OpenLDAP`, async () => {
    await using slapd = await startSlapd({
      domains: [{ suffix: FIRST_SUFFIX, people: [PERSON] }],
    });
    const text = basicDirectory(section, {
      host: "127.0.0.1",
      port: slapd.port,
      bindDn: READER.dn,
      bindPassword: READER.password,
      baseDn: `ou=people,${FIRST_SUFFIX}`,
    });
    assert.deepEqual(await findBob(text + MAPPINGS), PROFILE);
  });
}

Deno.test("mxisd's page on directories: its example finds people in Active Directory", async () => {
  await using domain = await makeDomain();
  await using controller = await domain.start();
  const [users, groups, others] = ["People", "Groups", "Others"].map((ou) => `OU=${ou},${ROOT}`);
  const person = (name: string, mail: string) => ({
    objectClass: "user",
    sAMAccountName: name,
    displayName: `${name} by name`,
    mail,
    userAccountControl: "544",
  });
  const bob = `CN=Bob Builder,${users}`;
  const carol = `CN=Carol,${others}`;
  await controller.add({
    ...Object.fromEntries(
      [users, groups, others].map((unit) => [unit, { objectClass: "organizationalUnit" }]),
    ),
    [bob]: person("bob", "bob@example.org"),
    [carol]: person("carol", "carol@example.org"),
    [`CN=Mallory,${users}`]: person("mallory", "mallory@example.org"),
    [`CN=My Matrix Users,${groups}`]: { objectClass: "group", member: [bob, carol] },
  });
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/ca.pem`, CA);
  const example = (mapping: string) =>
    `ldap:
  enabled: true
  connection:
    host: '127.0.0.1'
    tls: true
    port: 636
    bindDn: '${ADMINISTRATOR.dn}'
    bindPassword: '${ADMINISTRATOR.password}'
    baseDNs:
      - '${users}'
      - '${others}'
  filter: '(memberOf=CN=My Matrix Users,${groups})'
${mapping}tls:
  ca: ${folder.path}/ca.pem
`;
  // Mallory is there, but not one of the group.
  const found = await findBob(example(""));
  assert.deepEqual(found?.addresses, ["bob@example.org"]);
  assert.equal(found.displayName, "bob by name");
  await using page = await openPage(example(`  attribute:
    uid:
      type: 'uid'
      value: 'sAMAccountName'
    name: 'cn'
`));
  const carols = await page.people.findProfile(userOf("carol"));
  assert.deepEqual(carols?.addresses, ["carol@example.org"]);
  assert.equal(carols.displayName, "Carol");
});

Deno.test("mxisd's page on directories: an attribute with the full Matrix ID", async () => {
  const person = { ...PERSON, uid: "@bob:example.org" };
  await using slapd = await startSlapd({ domains: [{ suffix: FIRST_SUFFIX, people: [person] }] });
  const text = basicDirectory("ldap", {
    host: "127.0.0.1",
    port: slapd.port,
    bindDn: READER.dn,
    bindPassword: READER.password,
    baseDn: FIRST_SUFFIX,
  });
  const mxid = "  attribute:\n    uid: { type: 'mxid', value: 'uid' }\n";
  assert.deepEqual((await findBob(text + mxid))?.addresses, ["bob@example.org"]);
});
