import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import type { Profile } from "../../src/domain/profile.ts";
import { IncompleteLookupError, joinStores } from "../../src/identity/joined_stores.ts";
import { type IdentityStore, StoreError } from "../../src/identity/port.ts";
import { userOf } from "../contracts/identity_store.ts";
import { profileWith } from "../fakes/identity/profile.ts";
import { empty, fails, knows, scriptedStore, silent } from "../fakes/identity/scripted_store.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const BOB = userOf("bob");

function join(...stores: IdentityStore[]) {
  return joinStores(stores, { clock: new ManualClock() });
}

Deno.test("joined stores return what all of them know, in their order", async () => {
  const people = join(
    knows("first", "b@example.org"),
    empty,
    knows("second", "c@example.org"),
  );
  assert.deepEqual(
    await people.findProfile(BOB),
    profileWith({
      addresses: ["b@example.org", "c@example.org"],
      displayName: "first",
      roles: ["first", "second"],
      state: "active",
    }),
  );
});

Deno.test("a user whom no store knows is unknown", async () => {
  assert.equal(await join(empty, empty).findProfile(BOB), undefined);
  assert.equal(await join().findProfile(BOB), undefined);
});

Deno.test("one store's failure fails the lookup, and keeps the profile of the others", async () => {
  const people = join(fails("ldap", "misconfigured"), knows("rest", "b@example.org"));
  await assert.rejects(people.findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof IncompleteLookupError);
    assert.equal(error.kind, "misconfigured");
    assert.equal(error.store, "ldap");
    assert.equal(error.message, "ldap: it is broken");
    assert.deepEqual(error.profile?.addresses, ["b@example.org"]);
    return true;
  });
});

Deno.test("a failed lookup never means no such user", async () => {
  await assert.rejects(join(empty, fails("ldap", "temporary")).findProfile(BOB), (error) => {
    assert.ok(error instanceof IncompleteLookupError);
    assert.equal(error.profile, undefined);
    return true;
  });
});

Deno.test("a lookup fails temporarily if one of its failures is temporary", async () => {
  const people = join(fails("ldap", "misconfigured"), fails("rest", "temporary"));
  await assert.rejects(people.findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof IncompleteLookupError);
    assert.equal(error.kind, "temporary");
    assert.equal(error.message, "ldap: it is broken; rest: it is broken");
    assert.deepEqual(error.failures.map((failure) => failure.store), ["ldap", "rest"]);
    return true;
  });
});

Deno.test("an unexpected error is a failure of its store, reported without its text", async () => {
  const broken = scriptedStore("rest", () => Promise.reject(new TypeError("b@example.org is odd")));
  await assert.rejects(join(broken).findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof IncompleteLookupError);
    assert.equal(error.kind, "temporary");
    assert.equal(error.message, "rest: an unexpected error");
    assert.ok(error.failures[0]?.cause instanceof TypeError);
    return true;
  });
});

Deno.test("a store that ignores its signal is not waited for", async () => {
  const clock = new ManualClock();
  const people = joinStores([silent, knows("rest", "b@example.org")], { clock });
  const lookup = people.findProfile(BOB);
  clock.advance(9_999);
  clock.advance(1);
  await assert.rejects(lookup, (error: unknown) => {
    assert.ok(error instanceof IncompleteLookupError);
    assert.equal(error.message, "silent: no answer within 10s");
    assert.deepEqual(error.profile?.addresses, ["b@example.org"]);
    return true;
  });
  assert.equal(clock.sleepers, 0);
});

Deno.test("a store's own deadline overrides the default one", async () => {
  const clock = new ManualClock();
  const lookup = joinStores([{ ...silent, deadline: 30_000 }], { clock }).findProfile(BOB);
  clock.advance(10_000);
  assert.equal(clock.sleepers, 1);
  clock.advance(20_000);
  await assert.rejects(lookup, { message: "silent: no answer within 30s" });
});

Deno.test("an aborted lookup ends at once", async () => {
  const controller = new AbortController();
  const clock = new ManualClock();
  const lookup = joinStores([silent], { clock }).findProfile(BOB, { signal: controller.signal });
  controller.abort();
  await assert.rejects(lookup, {
    message: "identity stores: the lookup was aborted",
    kind: "temporary",
  });
  assert.equal(clock.sleepers, 0);
});

Deno.test("disposing of joined stores disposes of each one, also after one that fails", async () => {
  const disposed: string[] = [];
  const store = (name: string): IdentityStore => ({
    ...empty,
    [Symbol.asyncDispose]: () => Promise.resolve(void disposed.push(name)),
  });
  const broken: IdentityStore = {
    ...empty,
    [Symbol.asyncDispose]: () => Promise.reject(new Error("cannot close")),
  };
  const people = join(store("first"), broken, store("last"));
  await assert.rejects(async () => await people[Symbol.asyncDispose](), /cannot close/);
  assert.deepEqual(disposed.sort(), ["first", "last"]);
});

/** A store that answers when the test says so, and counts its lookups. */
function counting(answer: () => Promise<Profile | undefined>) {
  const signals: AbortSignal[] = [];
  const store: IdentityStore = {
    ...empty,
    findProfile(_user, { signal } = {}) {
      assert.ok(signal);
      signals.push(signal);
      return answer();
    },
  };
  return { store, signals };
}

const PROFILE = profileWith({
  addresses: ["b@example.org" as EmailAddress],
  roles: [],
  state: "active",
});

Deno.test("concurrent lookups of one person query a store once", async () => {
  const gate = Promise.withResolvers<Profile>();
  const { store, signals } = counting(() => gate.promise);
  const people = join(store);
  const lookups = [people.findProfile(BOB), people.findProfile(BOB), people.findProfile(BOB)];
  const other = people.findProfile(userOf("carol"));
  gate.resolve(PROFILE);
  for (const profile of await Promise.all(lookups)) assert.deepEqual(profile, PROFILE);
  await other;
  assert.equal(signals.length, 2);
  await people.findProfile(BOB);
  assert.equal(signals.length, 3, "what is over is not shared");
});

Deno.test("concurrent lookups share a failure", async () => {
  const gate = Promise.withResolvers<Profile>();
  const { store, signals } = counting(() => gate.promise);
  const people = join(store);
  const lookups = [people.findProfile(BOB), people.findProfile(BOB)];
  gate.reject(new StoreError("rest", "temporary", "it is broken"));
  for (const lookup of lookups) await assert.rejects(lookup, { message: "rest: it is broken" });
  assert.equal(signals.length, 1);
});

Deno.test("a shared lookup is aborted with its last caller, not with an earlier one", async () => {
  const { store, signals } = counting(() => new Promise(() => {}));
  const people = join(store);
  const [first, last] = [new AbortController(), new AbortController()];
  const early = people.findProfile(BOB, { signal: first.signal });
  const late = people.findProfile(BOB, { signal: last.signal });
  first.abort();
  await assert.rejects(early, { message: "identity stores: the lookup was aborted" });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false]);
  last.abort();
  await assert.rejects(late, { kind: "temporary" });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  await assert.rejects(people.findProfile(BOB, { signal: last.signal }), { kind: "temporary" });
  assert.equal(signals.length, 1);
});

Deno.test("a lookup after an aborted one starts anew", async () => {
  const answers = [new Promise<Profile>(() => {}), Promise.resolve(PROFILE)];
  const { store, signals } = counting(() => answers.shift() ?? assert.fail());
  const people = join(store);
  const stop = new AbortController();
  const ended = people.findProfile(BOB, { signal: stop.signal });
  stop.abort();
  await assert.rejects(ended);
  assert.deepEqual(await people.findProfile(BOB), PROFILE);
  assert.equal(signals.length, 2);
});

Deno.test("a profile is cached for a while", async () => {
  const { store, signals } = counting(() => Promise.resolve(PROFILE));
  const clock = new ManualClock();
  const people = joinStores([store], { clock, keep: 60_000 });
  for (const [step, asked] of [[0, 1], [59_999, 1], [1, 2], [59_999, 2], [-120_000, 3]] as const) {
    clock.advance(step);
    assert.deepEqual(await people.findProfile(BOB), PROFILE);
    assert.equal(signals.length, asked, `after ${step} ms`);
  }
});

Deno.test("unknown users, profiles without an address and failures are not cached", async () => {
  const nothing: Profile = { ...PROFILE, addresses: [] };
  for (const answer of [undefined, nothing]) {
    const { store, signals } = counting(() => Promise.resolve(answer));
    const people = joinStores([store], { clock: new ManualClock(), keep: 60_000 });
    await people.findProfile(BOB);
    await people.findProfile(BOB);
    assert.equal(signals.length, 2);
  }
  const { store, signals } = counting(() => Promise.resolve(PROFILE));
  const people = joinStores([store, fails("ldap", "temporary")], {
    clock: new ManualClock(),
    keep: 60_000,
    incomplete: "send",
  });
  await people.findProfile(BOB);
  await people.findProfile(BOB);
  assert.equal(signals.length, 2);
});

Deno.test("a lookup with a listener is neither cached nor shared, and reports its queries", async () => {
  const store: IdentityStore = {
    ...empty,
    findProfile(user, { onQuery } = {}) {
      onQuery?.(`who is ${user}?`);
      return Promise.resolve(PROFILE);
    },
  };
  const people = joinStores([store, store], { clock: new ManualClock(), keep: 60_000 });
  await people.findProfile(BOB);
  const queries: string[] = [];
  await people.findProfile(BOB, { onQuery: (query) => queries.push(query) });
  assert.deepEqual(queries, ["who is @bob:example.org?", "who is @bob:example.org?"]);
});

Deno.test("an incomplete profile with an address is enough if the policy says so", async () => {
  const options = { clock: new ManualClock(), incomplete: "send" } as const;
  const down = fails("ldap", "temporary");
  const profile = await joinStores([down, knows("rest", "b@example.org")], options)
    .findProfile(BOB);
  assert.deepEqual(profile?.addresses, ["b@example.org"]);
  const noAddress = scriptedStore("rest", () => Promise.resolve({ ...PROFILE, addresses: [] }));
  for (const other of [noAddress, empty]) {
    await assert.rejects(
      joinStores([down, other], options).findProfile(BOB),
      IncompleteLookupError,
    );
  }
});

Deno.test("what each store said is reported to each caller, without addresses", async () => {
  const named = profileWith({ dropped: ['"Bob <bob@example.org>"'] });
  const people = join(
    scriptedStore("rest", () => Promise.resolve(undefined)),
    scriptedStore("ldap", () => Promise.resolve(profileWith({ state: "locked" }))),
    scriptedStore("scim", () => Promise.resolve(named)),
  );
  const said: (readonly string[])[] = [];
  const onAnswers = (answers: readonly string[]) => void said.push(answers);
  await Promise.all([1, 2].map(() => people.findProfile(BOB, { onAnswers })));
  const expected = [
    "rest: no such user",
    "ldap: locked, no address",
    "scim: found, no valid address",
  ];
  assert.deepEqual(said, [expected, expected]);
});

Deno.test("each lookup that is neither cached nor aborted is told, with how complete it was", async () => {
  const told: unknown[] = [];
  async function lookUp(
    stores: readonly IdentityStore[],
    options: Partial<Parameters<typeof joinStores>[1]> = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const clock = new ManualClock();
    const onLookup = (user: string, result: string) => void told.push([user, result]);
    const people = joinStores(stores, { clock, keep: 60_000, onLookup, ...options });
    for (let time = 0; time < 2; time++) {
      await people.findProfile(BOB, { signal }).catch(() => {});
    }
  }
  const down = fails("ldap", "temporary");
  const rest = knows("rest", "b@example.org");
  await lookUp([rest, empty]);
  assert.deepEqual(told.splice(0), [[BOB, "complete"]], "the second one is cached");
  await lookUp([empty]);
  assert.deepEqual(told.splice(0), [[BOB, "complete"], [BOB, "complete"]]);
  await lookUp([down, rest]);
  assert.deepEqual(told.splice(0), [[BOB, "failed"], [BOB, "failed"]]);
  await lookUp([down, rest], { incomplete: "send" });
  assert.deepEqual(told.splice(0), [[BOB, "incomplete"], [BOB, "incomplete"]]);
  await lookUp([down, empty], { incomplete: "send" });
  assert.deepEqual(told.splice(0), [[BOB, "failed"], [BOB, "failed"]]);
  await lookUp([down], {}, AbortSignal.abort());
  assert.deepEqual(told, []);
});
