import assert from "node:assert/strict";
import { decodedLocalpart } from "../../src/domain/decoded_localpart.ts";

// As Synapse's map_username_to_mxid_localpart makes them of names.
const ENCODED: Readonly<Record<string, string>> = {
  "bob": "bob",
  "eve=40example.org": "eve@example.org",
  "eve+chat=40example.org": "eve+chat@example.org",
  "a=3db": "a=b",
  "a=20b": "a b",
  "=c3=a9ve": "\u00e9ve",
  "=5fsystem": "_system",
  "a_b": "a_b",
  "=3d40": "=40",
  "": "",
};

for (const [localpart, name] of Object.entries(ENCODED)) {
  Deno.test(`the localpart ${JSON.stringify(localpart)} is decoded`, () => {
    assert.equal(decodedLocalpart(localpart), name);
  });
}

// Nobody's name is encoded like this, so decoding would give two users one name.
for (
  const localpart of [
    ...[
      "=65ve",
      "=45ve",
      "eve=2eb",
      "eve=5fb",
      "eve=2b",
      "=2f",
      "eve=C3=A9",
      "eve=4",
      "eve=",
      "=zz",
    ],
    ...["_eve", "eve=ff", "=c3", "=ef=bb=bfeve", "eve=40example=2eorg", "Eve=2b"],
  ]
) {
  Deno.test(`the localpart ${localpart} is not the encoding of a name`, () => {
    assert.equal(decodedLocalpart(localpart), localpart);
  });
}

Deno.test("upper case, which only old localparts have, stays", () => {
  assert.equal(decodedLocalpart("Eve=40example.org"), "Eve@example.org");
});
