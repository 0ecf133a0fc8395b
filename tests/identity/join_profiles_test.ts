import fc from "fast-check";
import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import { ACCOUNT_STATES, type Profile } from "../../src/domain/profile.ts";
import { joinProfiles } from "../../src/identity/join_profiles.ts";
import { userOf } from "../contracts/identity_store.ts";

const BOB = userOf("bob");
const NOTHING: Profile = { addresses: [], roles: [], state: "active" };

function profile(known: Omit<Partial<Profile>, "addresses">, ...addresses: string[]): Profile {
  return { ...NOTHING, ...known, addresses: addresses as EmailAddress[] };
}

Deno.test("no profiles are joined to none", () => {
  assert.equal(joinProfiles(BOB, []), undefined);
});

Deno.test("an address is joined once whatever its case, in its first spelling", () => {
  const joined = joinProfiles(BOB, [
    profile({}, "bob@Example.ORG", "b@example.org"),
    profile({}, "bob@example.org", "Bob@example.org", "c@example.org"),
  ]);
  assert.deepEqual(joined?.addresses, [
    "bob@Example.ORG",
    "b@example.org",
    "c@example.org",
  ]);
});

Deno.test("the first name, language and time zone count", () => {
  const joined = joinProfiles(BOB, [
    profile({ language: "de" }),
    profile({ displayName: "Bob", language: "fr" }),
    profile({ displayName: "Robert", timeZone: "Europe/Berlin" }),
  ]);
  assert.equal(joined?.displayName, "Bob");
  assert.equal(joined?.language, "de");
  assert.equal(joined?.timeZone, "Europe/Berlin");
});

Deno.test("the requested ID wins if any store has exactly that", () => {
  const others = [profile({ id: "@BOB:example.org" }), profile({})];
  assert.equal(joinProfiles(BOB, others)?.id, "@BOB:example.org");
  assert.equal(joinProfiles(BOB, [...others, profile({ id: BOB })])?.id, BOB);
  assert.equal(joinProfiles(BOB, [profile({})])?.id, undefined);
});

Deno.test("if a store has exactly @BOB, profiles of bob from others are not joined", () => {
  const user = "@BOB:example.org" as typeof BOB;
  const exact = profile({ id: user }, "capitals@example.org");
  const other = profile({ id: BOB }, "bob@example.org");
  const unknown = profile({}, "somebody@example.org");
  assert.deepEqual(joinProfiles(user, [other, unknown, exact])?.addresses, exact.addresses);
  assert.deepEqual(joinProfiles(BOB, [other, unknown])?.addresses.length, 2);
});

Deno.test("an account exists if one store says so, and its latest activity counts", () => {
  const joined = joinProfiles(BOB, [
    profile({ account: { exists: false } }),
    profile({ account: { exists: true, lastSeen: 5 } }),
    profile({ account: { exists: true, lastSeen: 3 } }),
    profile({}),
  ]);
  assert.deepEqual(joined?.account, { exists: true, lastSeen: 5 });
  assert.deepEqual(joinProfiles(BOB, [profile({ account: { exists: false } })])?.account, {
    exists: false,
    lastSeen: undefined,
  });
});

const domain = fc.constantFrom("example.org", "EXAMPLE.org", "example.com");
const address = fc.tuple(fc.constantFrom("a", "b", "A"), domain)
  .map(([local, domain]) => `${local}@${domain}` as EmailAddress);
const profiles = fc.array(fc.record({
  addresses: fc.array(address),
  roles: fc.array(fc.constantFrom("x", "y", "z")),
  state: fc.constantFrom(...ACCOUNT_STATES),
}));

Deno.test("joining loses nothing, repeats nothing, and takes the most restrictive state", () => {
  fc.assert(fc.property(profiles, (profiles) => {
    const joined = joinProfiles(BOB, profiles);
    if (joined === undefined) return assert.equal(profiles.length, 0);
    const folded = joined.addresses.map((address) => address.toLowerCase());
    const given = profiles.flatMap(({ addresses }) => addresses.map((one) => one.toLowerCase()));
    assert.deepEqual(folded, [...new Set(given)], "in the order of their first appearance");
    assert.deepEqual(joined.roles, [...new Set(profiles.flatMap((profile) => profile.roles))]);
    for (const { state } of profiles) {
      assert.ok(ACCOUNT_STATES.indexOf(joined.state) >= ACCOUNT_STATES.indexOf(state));
    }
    assert.ok(profiles.some(({ state }) => state === joined.state));
  }));
});

Deno.test("joining a joined profile changes nothing", () => {
  fc.assert(fc.property(profiles, (profiles) => {
    const joined = joinProfiles(BOB, profiles);
    assert.deepEqual(joined && joinProfiles(BOB, [joined]), joined);
  }));
});
