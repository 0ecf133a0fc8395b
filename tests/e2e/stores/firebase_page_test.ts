import assert from "node:assert/strict";
import { systemClock } from "../../../src/system/clock.ts";
import { openPage } from "../../config/pages/page.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { profileWith } from "../../fakes/identity/profile.ts";
import { startFirebase } from "../servers/firebase.ts";
import { startGoogleTokens } from "../servers/google_tokens.ts";

Deno.test("mxisd's page on Firebase: its keys find people, once url names the emulator", async () => {
  await using emulator = await startFirebase();
  await emulator.replaceUsers([{ localId: "bob", email: "bob@example.org", displayName: "Bob" }]);
  await using tokens = await startGoogleTokens(systemClock);
  await using page = await openPage(`firebase:
  enabled: true
  credentials: '${tokens.credentials}'
  database: 'https://example-people.firebaseio.com/'
  url: '${emulator.url}'
`);
  assert.deepEqual(page.stores, ["firebase"]);
  assert.deepEqual([page.ignored, ...page.warnings], [""]);
  assert.deepEqual(
    await page.people.findProfile(userOf("bob")),
    profileWith({
      id: "@bob:example.org",
      addresses: ["bob@example.org"],
      displayName: "Bob",
      roles: [],
      state: "active",
    }),
  );
  assert.equal(await page.people.findProfile(userOf("mallory")), undefined);
});
