import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import { ProfileCache } from "../../src/identity/profile_cache.ts";
import { userOf } from "../contracts/identity_store.ts";
import { profileWith } from "../fakes/identity/profile.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const PROFILE = profileWith({
  addresses: ["b@example.org" as EmailAddress],
  roles: [],
  state: "active",
});

Deno.test("the cache keeps a bounded number of profiles, the latest ones", () => {
  const cache = new ProfileCache(new ManualClock(), 60_000, 2);
  for (const name of ["a", "b", "a", "c"]) cache.add(userOf(name), PROFILE);
  const cached = ["a", "b", "c"].map((name) => cache.get(userOf(name)) !== undefined);
  assert.deepEqual(cached, [true, false, true]);
});
