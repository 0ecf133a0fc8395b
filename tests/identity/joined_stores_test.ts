import assert from "node:assert/strict";
import type { EmailAddress } from "../../src/domain/email_address.ts";
import type { Profile } from "../../src/domain/profile.ts";
import {
  askStores,
  chainStores,
  checkStore,
  IncompleteLookup,
} from "../../src/identity/joined_stores.ts";
import { type IdentityStore, StoreError, type StoreErrorKind } from "../../src/identity/port.ts";
import { RecentProfiles } from "../../src/identity/profile_cache.ts";
import { userOf } from "../contracts/identity_store.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

const BOB = userOf("bob");

function storeOf(name: string, answer: () => Promise<Profile | undefined>) {
  const disposed: string[] = [];
  const store: IdentityStore = {
    name,
    findProfile: answer,
    check: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(void disposed.push(name)),
  };
  return { store, disposed };
}

function knows(name: string, address: string): IdentityStore {
  const profile: Profile = { addresses: [address as EmailAddress], roles: [name], state: "active" };
  return storeOf(name, () => Promise.resolve({ ...profile, displayName: name })).store;
}

function fails(name: string, kind: StoreErrorKind): IdentityStore {
  return storeOf(name, () => Promise.reject(new StoreError(name, kind, "it is broken"))).store;
}

const knowsNobody = storeOf("empty", () => Promise.resolve(undefined)).store;
const silent = storeOf("silent", () => new Promise(() => {})).store;

function chain(...stores: IdentityStore[]) {
  return chainStores(stores, { clock: new ManualClock() });
}

Deno.test("a chain joins what its stores know, in their order", async () => {
  const people = chain(
    knows("first", "b@example.org"),
    knowsNobody,
    knows("second", "c@example.org"),
  );
  assert.deepEqual(await people.findProfile(BOB), {
    addresses: ["b@example.org", "c@example.org"],
    displayName: "first",
    roles: ["first", "second"],
    state: "active",
  });
});

Deno.test("a chain knows nobody whom no store knows", async () => {
  assert.equal(await chain(knowsNobody, knowsNobody).findProfile(BOB), undefined);
  assert.equal(await chain().findProfile(BOB), undefined);
});

Deno.test("one store's failure fails the lookup, and keeps what the others said", async () => {
  const people = chain(fails("ldap", "misconfigured"), knows("rest", "b@example.org"));
  await assert.rejects(people.findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof IncompleteLookup);
    assert.equal(error.kind, "misconfigured");
    assert.equal(error.store, "ldap");
    assert.equal(error.message, "ldap: it is broken");
    assert.deepEqual(error.profile?.addresses, ["b@example.org"]);
    return true;
  });
});

Deno.test("a failed lookup is never no such user", async () => {
  await assert.rejects(chain(knowsNobody, fails("ldap", "temporary")).findProfile(BOB), (error) => {
    assert.ok(error instanceof IncompleteLookup);
    assert.equal(error.profile, undefined);
    return true;
  });
});

Deno.test("a lookup is temporary when one of its failures is", async () => {
  const people = chain(fails("ldap", "misconfigured"), fails("rest", "temporary"));
  await assert.rejects(people.findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof IncompleteLookup);
    assert.equal(error.kind, "temporary");
    assert.equal(error.message, "ldap: it is broken; rest: it is broken");
    assert.deepEqual(error.failures.map((failure) => failure.store), ["ldap", "rest"]);
    return true;
  });
});

Deno.test("a store's defect is a failure of that store, told without its text", async () => {
  const broken = storeOf("rest", () => Promise.reject(new TypeError("b@example.org is odd"))).store;
  await assert.rejects(chain(broken).findProfile(BOB), (error: unknown) => {
    assert.ok(error instanceof IncompleteLookup);
    assert.equal(error.kind, "temporary");
    assert.equal(error.message, "rest: an unexpected error");
    assert.ok(error.failures[0]?.cause instanceof TypeError);
    return true;
  });
});

Deno.test("a store that ignores its signal is not waited for", async () => {
  const clock = new ManualClock();
  const people = chainStores([silent, knows("rest", "b@example.org")], { clock });
  const lookup = people.findProfile(BOB);
  clock.advance(9_999);
  clock.advance(1);
  await assert.rejects(lookup, (error: unknown) => {
    assert.ok(error instanceof IncompleteLookup);
    assert.equal(error.message, "silent: no answer within 10s");
    assert.deepEqual(error.profile?.addresses, ["b@example.org"]);
    return true;
  });
  assert.equal(clock.sleepers, 0);
});

Deno.test("a store's own deadline takes the place of the chain's", async () => {
  const clock = new ManualClock();
  const lookup = chainStores([{ ...silent, deadline: 30_000 }], { clock }).findProfile(BOB);
  clock.advance(10_000);
  assert.equal(clock.sleepers, 1);
  clock.advance(20_000);
  await assert.rejects(lookup, { message: "silent: no answer within 30s" });
});

Deno.test("a lookup that is called off ends at once", async () => {
  const controller = new AbortController();
  const clock = new ManualClock();
  const lookup = chainStores([silent], { clock }).findProfile(BOB, { signal: controller.signal });
  controller.abort();
  await assert.rejects(lookup, {
    message: "identity stores: the lookup was called off",
    kind: "temporary",
  });
  assert.equal(clock.sleepers, 0);
});

Deno.test("each store is asked for itself, with the time that it took", async () => {
  const clock = new ManualClock();
  const slow = storeOf("slow", async () => {
    await clock.sleep(300);
    return undefined;
  }).store;
  const asked = askStores(
    [knows("rest", "b@example.org"), slow, silent, fails("ldap", "misconfigured")],
    BOB,
    { clock, deadline: 1000 },
  );
  for (const step of [300, 700]) {
    clock.advance(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const answers = await asked;
  assert.deepEqual(
    answers.map(({ store, milliseconds, outcome }) => [store, milliseconds, outcome.kind]),
    [["rest", 300, "found"], ["slow", 300, "unknown"], ["silent", 1000, "failed"], [
      "ldap",
      300,
      "failed",
    ]],
  );
});

Deno.test("disposing of a chain disposes of every store, also after one that fails", async () => {
  const first = storeOf("first", () => Promise.resolve(undefined));
  const last = storeOf("last", () => Promise.resolve(undefined));
  const broken: IdentityStore = {
    ...knowsNobody,
    [Symbol.asyncDispose]: () => Promise.reject(new Error("cannot close")),
  };
  const people = chain(first.store, broken, last.store);
  await assert.rejects(async () => await people[Symbol.asyncDispose](), /cannot close/);
  assert.deepEqual([first.disposed, last.disposed], [["first"], ["last"]]);
});

/** A store that answers when the test says so, and counts its lookups. */
function counting(answer: () => Promise<Profile | undefined>) {
  const signals: AbortSignal[] = [];
  const store: IdentityStore = {
    ...knowsNobody,
    findProfile(_user, { signal } = {}) {
      assert.ok(signal);
      signals.push(signal);
      return answer();
    },
  };
  return { store, signals };
}

const PROFILE: Profile = {
  addresses: ["b@example.org" as EmailAddress],
  roles: [],
  state: "active",
};

Deno.test("who looks for the same person at the same time asks once", async () => {
  const gate = Promise.withResolvers<Profile>();
  const { store, signals } = counting(() => gate.promise);
  const people = chain(store);
  const lookups = [people.findProfile(BOB), people.findProfile(BOB), people.findProfile(BOB)];
  const other = people.findProfile(userOf("carol"));
  gate.resolve(PROFILE);
  for (const profile of await Promise.all(lookups)) assert.deepEqual(profile, PROFILE);
  await other;
  assert.equal(signals.length, 2);
  await people.findProfile(BOB);
  assert.equal(signals.length, 3, "what is over is not shared");
});

Deno.test("who shares a failed lookup shares the failure", async () => {
  const gate = Promise.withResolvers<Profile>();
  const { store, signals } = counting(() => gate.promise);
  const people = chain(store);
  const lookups = [people.findProfile(BOB), people.findProfile(BOB)];
  gate.reject(new StoreError("rest", "temporary", "it is broken"));
  for (const lookup of lookups) await assert.rejects(lookup, { message: "rest: it is broken" });
  assert.equal(signals.length, 1);
});

Deno.test("one who gives up takes nothing from the others, the last one ends the lookup", async () => {
  const { store, signals } = counting(() => new Promise(() => {}));
  const people = chain(store);
  const [first, last] = [new AbortController(), new AbortController()];
  const early = people.findProfile(BOB, { signal: first.signal });
  const late = people.findProfile(BOB, { signal: last.signal });
  first.abort();
  await assert.rejects(early, { message: "identity stores: the lookup was called off" });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false]);
  last.abort();
  await assert.rejects(late, { kind: "temporary" });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  await assert.rejects(people.findProfile(BOB, { signal: last.signal }), { kind: "temporary" });
  assert.equal(signals.length, 1);
});

Deno.test("who comes after a lookup was called off starts anew", async () => {
  const answers = [new Promise<Profile>(() => {}), Promise.resolve(PROFILE)];
  const { store, signals } = counting(() => answers.shift() ?? assert.fail());
  const people = chain(store);
  const stop = new AbortController();
  const ended = people.findProfile(BOB, { signal: stop.signal });
  stop.abort();
  await assert.rejects(ended);
  assert.deepEqual(await people.findProfile(BOB), PROFILE);
  assert.equal(signals.length, 2);
});

Deno.test("whoever was found is remembered for a while", async () => {
  const { store, signals } = counting(() => Promise.resolve(PROFILE));
  const clock = new ManualClock();
  const people = chainStores([store], { clock, keep: 60_000 });
  for (const [step, asked] of [[0, 1], [59_999, 1], [1, 2], [59_999, 2], [-120_000, 3]] as const) {
    clock.advance(step);
    assert.deepEqual(await people.findProfile(BOB), PROFILE);
    assert.equal(signals.length, asked, `after ${step} ms`);
  }
});

Deno.test("nobody, nothing and a failure are not remembered", async () => {
  const nothing: Profile = { ...PROFILE, addresses: [] };
  for (const answer of [undefined, nothing]) {
    const { store, signals } = counting(() => Promise.resolve(answer));
    const people = chainStores([store], { clock: new ManualClock(), keep: 60_000 });
    await people.findProfile(BOB);
    await people.findProfile(BOB);
    assert.equal(signals.length, 2);
  }
  const { store, signals } = counting(() => Promise.resolve(PROFILE));
  const people = chainStores([store, fails("ldap", "temporary")], {
    clock: new ManualClock(),
    keep: 60_000,
    incomplete: "send",
  });
  await people.findProfile(BOB);
  await people.findProfile(BOB);
  assert.equal(signals.length, 2);
});

Deno.test("a bounded number of people is remembered, the latest ones", () => {
  const recent = new RecentProfiles(new ManualClock(), 60_000, 2);
  for (const name of ["a", "b", "a", "c"]) recent.add(userOf(name), PROFILE);
  const known = ["a", "b", "c"].map((name) => recent.find(userOf(name)) !== undefined);
  assert.deepEqual(known, [true, false, true]);
});

Deno.test("a lookup that somebody listens to is not shared, and tells what it asks", async () => {
  const store: IdentityStore = {
    ...knowsNobody,
    findProfile(user, { onQuery } = {}) {
      onQuery?.(`who is ${user}?`);
      return Promise.resolve(PROFILE);
    },
  };
  const people = chainStores([store, store], { clock: new ManualClock(), keep: 60_000 });
  await people.findProfile(BOB);
  const queries: string[] = [];
  await people.findProfile(BOB, { onQuery: (query) => queries.push(query) });
  assert.deepEqual(queries, ["who is @bob:example.org?", "who is @bob:example.org?"]);
});

Deno.test("what is known is enough where the policy says so, if there is an address", async () => {
  const options = { clock: new ManualClock(), incomplete: "send" } as const;
  const down = fails("ldap", "temporary");
  const profile = await chainStores([down, knows("rest", "b@example.org")], options)
    .findProfile(BOB);
  assert.deepEqual(profile?.addresses, ["b@example.org"]);
  const empty = storeOf("empty", () => Promise.resolve({ ...PROFILE, addresses: [] })).store;
  for (const other of [empty, knowsNobody]) {
    await assert.rejects(chainStores([down, other], options).findProfile(BOB), IncompleteLookup);
  }
});

Deno.test("a store's check has a deadline, and fails with an error of the store", async () => {
  const clock = new ManualClock();
  const check = (answer: () => Promise<void>) =>
    checkStore({ ...knowsNobody, check: answer }, { clock, deadline: 1000 });
  assert.deepEqual(await check(() => Promise.resolve()), { milliseconds: 0 });
  const stuck = check(() => new Promise(() => {}));
  clock.advance(1000);
  const { milliseconds, error } = await stuck;
  assert.deepEqual([milliseconds, error?.message], [1000, "empty: no answer within 1s"]);
  const broken = await check(() => Promise.reject(new TypeError("b@example.org is odd")));
  assert.equal(broken.error?.message, "empty: an unexpected error");
  assert.equal(clock.sleepers, 0);
});
