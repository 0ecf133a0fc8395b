import assert from "node:assert/strict";
import { messagesFor } from "../configuration.ts";
import { basicDirectory, MAPPINGS } from "./directory_page.ts";

const PLACE = {
  host: "127.0.0.1",
  port: 389,
  bindDn: "CN=Reader,OU=Services,DC=example,DC=org",
  bindPassword: "s3cret",
  baseDn: "OU=People,DC=example,DC=org",
};

for (const section of ["ldap", "netiq"] as const) {
  Deno.test(`mxisd's page on directories: ${section} is read, and what is not used is named`, async () => {
    const messages = await messagesFor(basicDirectory(section, PLACE) + MAPPINGS);
    const unused = [
      ...["auth", "directory", "identity"],
      ...["attribute.threepid.msisdn", "attribute.threepid.kmx.employee.id"],
    ].map((key) => `${section}.${key}`).join(", ");
    assert.deepEqual(messages, [
      "mxisd.yaml:19:7: notice: these keys belong to other features of mxisd and are ignored: " +
      unused,
    ]);
  });
}

Deno.test("mxisd's page on directories: an unknown kind of address without dots is an error", async () => {
  const messages = await messagesFor(`${basicDirectory("ldap", PLACE)}  attribute:
    threepid:
      emial: ['mail']
`);
  assert.match(messages.join(), /emial: is unknown: did you mean "email"\?/);
});
