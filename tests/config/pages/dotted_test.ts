import assert from "node:assert/strict";
import { messagesFor } from "../configuration.ts";

// The pages of mxisd 1.2 write keys as one word; mxisd 1.3 took no notice of such any more.
const PAGES: Readonly<Record<string, string>> = {
  ldap: `ldap.enabled: true
ldap.connection.host: 'ldap.example.org'
ldap.connection.baseDn: 'OU=People,DC=example,DC=org'
ldap.attribute.threepid.email:
  - 'mail'
`,
  sql: `sql.enabled: true
sql.type: 'postgresql'
sql.connection: //localhost/people?user=mxisd&password=s3cret
`,
  synapseSql: `synapseSql.enabled: true
synapseSql.type: 'sqlite'
synapseSql.connection: '/var/lib/example/homeserver.db'
`,
  firebase: `firebase.enabled: true
firebase.credentials: '/etc/example/firebase.json'
firebase.database: 'https://example-people.firebaseio.com/'
`,
  exec: `exec.enabled: true
exec.token.mxid: '{matrixId}'
exec.profile.displayName:
  command: '/opt/example/name.sh'
`,
};

for (const [section, text] of Object.entries(PAGES)) {
  Deno.test(`mxisd 1.2's page on ${section}: each key is reported with how to write today`, async () => {
    const messages = await messagesFor(text);
    const keys = [...text.matchAll(/^[\w.]+\.(\w+):/gm)];
    assert.equal(messages.length, keys.length, messages.join("\n"));
    for (const [line, last] of keys) {
      const message = messages.find((one) => one.includes(`: ${line} `));
      assert.match(message ?? "", new RegExp(`write "${last}:" below .*"${section}:"$`));
      assert.ok(!message?.includes("s3cret"));
    }
  });
}
