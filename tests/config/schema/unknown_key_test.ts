import assert from "node:assert/strict";
import { describeUnknownKey, editDistance } from "../../../src/config/schema/unknown_key.ts";
import { settingsSchema } from "../../../src/config/sections/settings.ts";

const explain = (path: string, key: string) =>
  describeUnknownKey(settingsSchema, path === "" ? [] : path.split("."), key);

Deno.test("the distance counts inserted, removed, changed and swapped letters", () => {
  assert.equal(editDistance("delay", "delay"), 0);
  assert.equal(editDistance("Delay", "dELAY"), 0);
  assert.equal(editDistance("dealy", "delay"), 1);
  assert.equal(editDistance("dely", "delay"), 1);
  assert.equal(editDistance("delayy", "delay"), 1);
  assert.equal(editDistance("belay", "delay"), 1);
  assert.equal(editDistance("", "delay"), 5);
});

Deno.test("the nearest name is suggested, including old names", () => {
  assert.match(explain("", "matirx"), /did you mean "matrix"/);
  assert.match(explain("matrix", "listner"), /did you mean "listener"/);
  assert.match(explain("", "ldab"), /did you mean "ldap"/);
  assert.match(explain("threepid.medium.email.connectors.smtp", "pasword"), /mean "password"/);
});

Deno.test("a key of another section is reported with that section", () => {
  assert.match(explain("notify", "perInviter"), /belongs below notify\.limits$/);
  assert.match(explain("", "connector"), /belongs below threepid\.medium\.email$/);
  assert.match(
    explain("threepid.medium.email", "host"),
    /belongs below threepid\.medium\.email\.connectors\.smtp$/,
  );
});

Deno.test("an unknown key in a list item is reported with the known keys", () => {
  const message = describeUnknownKey(settingsSchema, ["memory", "identities", 0], "quota");
  assert.match(message, /the keys here are username, displayName, threepids, roles, language/);
});

Deno.test("a long key is compared quickly", () => {
  assert.equal(explain("notify", "x".repeat(100_000)).includes("did you mean"), false);
});
