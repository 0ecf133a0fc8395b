/**
 * Tests that every identity store has to pass, whatever its backend.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { UserId } from "../../src/domain/user_id.ts";
import { joinStores } from "../../src/identity/joined_stores.ts";
import { type IdentityStore, StoreError } from "../../src/identity/port.ts";
import { queryStores } from "../../src/identity/query_stores.ts";
import { ManualClock } from "../fakes/system/manual_clock.ts";

/** The homeserver's name in all tests of stores. */
export const DOMAIN = "example.org";

/** A person to put into a store. */
export interface Person {
  readonly localpart: string;
  /** Email addresses, in order. */
  readonly addresses: readonly string[];
  readonly displayName?: string;
}

/** An open store with its people, and control over its backend. */
export interface StoreHarness extends AsyncDisposable {
  /** The store under test. */
  readonly store: IdentityStore;
  /** What no error may contain: the passwords and tokens that the store was given. */
  readonly secrets?: readonly string[];
  /** Stops the backend. */
  down?(): Promise<void>;
  /** Starts it again, with the same people. */
  up?(): Promise<void>;
  /** Makes it accept queries without answering. */
  stall?(): Stalled | Promise<Stalled>;
}

/** A backend that does not answer. */
interface Stalled {
  /** Resolves with the first query. */
  readonly reached: Promise<void>;
}

/** A store under test. */
export interface StoreContract {
  /** What the tests call it. */
  readonly name: string;
  /** Whether a person may have several entries. */
  readonly severalEntries: boolean;
  /** Whether it cannot be opened with an invalid address. */
  readonly refusesInvalidAddresses?: boolean;
  /** Whether the backend has addresses, but no names. */
  readonly hasNoNames?: boolean;
  /** Localparts that the backend cannot hold. */
  readonly cannotHold?: readonly string[];
  /** The faults of the backend that the harness can cause. */
  readonly faults: readonly ("down" | "stall")[];
  /** Opens a store with exactly these people. */
  open(people: readonly Person[], clock: ManualClock): Promise<StoreHarness>;
}

const BOB: Person = {
  localpart: "bob",
  addresses: ["bob@example.org", "robert@example.com"],
  displayName: "Bob Builder",
};

// Each one has a meaning in some query language, shell, path or URL. Not all of them fit the grammar of
// user IDs: a store must not rely on its callers.
const HOSTILE = [
  "*",
  "*)(uid=*",
  "bob)(|(uid=*",
  "' OR 1=1 --",
  "'/**/OR/**/'1'='1",
  'bob" OR ""="',
  "bob';DROP/**/TABLE/**/users;--",
  "bo_",
  "bo%",
  "$(touch x)",
  "`touch x`",
  "../x",
  "../../bob",
  "bob/../bob",
  "bob?x=1#y",
  "%00",
  "%62ob",
  "bob\0",
  "bob\n",
  "bo\\62",
  "{localpart}",
  '{"$ne"}',
  "__proto__",
  "constructor",
  "BOB",
  " bob",
];

/** The user ID of a localpart, even if the grammar of user IDs does not allow it. */
export function userOf(localpart: string): UserId {
  return `@${localpart}:${DOMAIN}` as UserId;
}

/** Registers the tests of the contract for one store. */
export function testIdentityStore(contract: StoreContract): void {
  const { name } = contract;
  const named = (displayName?: string) => contract.hasNoNames ? undefined : displayName;

  function test(
    sentence: string,
    people: readonly Person[],
    body: (harness: StoreHarness, clock: ManualClock) => Promise<void>,
  ) {
    Deno.test(`${name}: ${sentence}`, async () => {
      const clock = new ManualClock();
      await using harness = await contract.open(people, clock);
      await body(harness, clock);
      assert.equal(clock.sleepers, 0, "no timer is left");
    });
  }

  test(
    "a person with two addresses is found with both in their order",
    [BOB],
    async ({ store }) => {
      const profile = await store.findProfile(userOf("bob"));
      assert.ok(profile);
      assert.deepEqual(profile.addresses, BOB.addresses);
      assert.equal(profile.displayName, named(BOB.displayName));
      assert.equal(profile.state, "active");
      assert.ok(profile.id === undefined || profile.id === "@bob:example.org");
    },
  );

  test(
    "a person without an address is found, with none",
    [{ localpart: "carol", addresses: [], displayName: "Carol" }],
    async ({ store }) => {
      const profile = await store.findProfile(userOf("carol"));
      assert.deepEqual(profile?.addresses, []);
      assert.equal(profile?.displayName, named("Carol"));
    },
  );

  test(
    "a person without a name has none",
    [{ localpart: "dan", addresses: ["dan@example.org"] }],
    async ({ store }) => {
      const profile = await store.findProfile(userOf("dan"));
      assert.deepEqual(profile?.addresses, ["dan@example.org"]);
      assert.ok(profile);
      assert.equal(profile.displayName, undefined);
    },
  );

  test("a person who is not in the store is not found", [BOB], async ({ store }) => {
    assert.equal(await store.findProfile(userOf("mallory")), undefined);
    assert.equal(await store.findProfile(userOf("bobby")), undefined);
  });

  test(
    "names and addresses with non-ASCII characters are unchanged",
    [{
      localpart: "zoe",
      addresses: ["zoë@exämple.org", "山田@例え.jp"],
      displayName: "Zoë Ł. 山田 👩‍🚀",
    }],
    async ({ store }) => {
      const profile = await store.findProfile(userOf("zoe"));
      assert.deepEqual(profile?.addresses, ["zoë@exämple.org", "山田@例え.jp"]);
      assert.equal(profile?.displayName, named("Zoë Ł. 山田 👩‍🚀"));
    },
  );

  if (!contract.refusesInvalidAddresses) {
    const addresses = ["x@y\r\nRCPT TO:<evil@example.com>", "eve@example.org", "nonsense", ""];
    test(
      "an invalid address is dropped, the others are kept",
      [{ localpart: "eve", addresses }],
      async ({ store }) => {
        const profile = await store.findProfile(userOf("eve"));
        assert.deepEqual(profile?.addresses, ["eve@example.org"]);
        assert.ok((profile?.dropped?.length ?? 0) > 0, "what was dropped is shown");
      },
    );
  }

  test("a hostile localpart finds nobody else", [BOB], async ({ store }) => {
    for (const localpart of HOSTILE) {
      assert.equal(await store.findProfile(userOf(localpart)), undefined, localpart);
    }
    assert.ok(await store.findProfile(userOf("bob")), "bob is still there");
  });

  test(
    "a hostile localpart finds the person with that localpart",
    HOSTILE.flatMap((localpart, n) =>
      contract.cannotHold?.includes(localpart)
        ? []
        : { localpart, addresses: [`person${n}@example.org`] }
    ),
    async ({ store }) => {
      for (const [n, localpart] of HOSTILE.entries()) {
        const profile = await store.findProfile(userOf(localpart));
        const isThere = !contract.cannotHold?.includes(localpart);
        const expected = isThere ? [`person${n}@example.org`] : undefined;
        assert.deepEqual(profile?.addresses, expected, localpart);
      }
    },
  );

  if (contract.severalEntries) {
    test(
      "several entries of one person are joined in their order",
      [
        { localpart: "bob", addresses: ["b@example.org"], displayName: "First" },
        { localpart: "bob", addresses: ["b@EXAMPLE.org", "c@example.org"], displayName: "Second" },
      ],
      async ({ store }) => {
        const profile = await store.findProfile(userOf("bob"));
        assert.deepEqual(profile?.addresses, ["b@example.org", "c@example.org"]);
        assert.equal(profile?.displayName, "First");
      },
    );
  }

  test(
    "twenty lookups at once get each their own answer",
    Array.from({ length: 20 }, (_, n) => ({
      localpart: `user${n}`,
      addresses: [`user${n}@example.org`],
    })),
    async ({ store }) => {
      await Promise.all(Array.from({ length: 20 }, async (_, n) => {
        const profile = await store.findProfile(userOf(`user${n}`));
        assert.deepEqual(profile?.addresses, [`user${n}@example.org`]);
      }));
    },
  );

  test("a lookup with an aborted signal is refused", [BOB], async ({ store }) => {
    const signal = AbortSignal.abort();
    await assert.rejects(store.findProfile(userOf("bob"), { signal }), isTemporary);
    await assert.rejects(store.check({ signal }), isTemporary);
  });

  test("a store that works passes its check", [BOB], async ({ store }) => {
    await store.check();
  });

  test("a store without people passes its check", [], async ({ store }) => {
    await store.check();
  });

  test("a store may be disposed of twice", [BOB], async ({ store }) => {
    await store.findProfile(userOf("bob"));
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  if (contract.faults.includes("down")) {
    test(
      "a store that is down fails, never with no such user, and recovers",
      [BOB],
      async (harness) => {
        const { store } = harness;
        assert.ok(await store.findProfile(userOf("bob")));
        await harness.down?.();
        await assert.rejects(store.findProfile(userOf("bob")), isStoreError(harness));
        await assert.rejects(store.findProfile(userOf("mallory")), isStoreError(harness));
        await assert.rejects(store.check(), isStoreError(harness));
        await harness.up?.();
        assert.deepEqual((await store.findProfile(userOf("bob")))?.addresses, BOB.addresses);
        await store.check();
      },
    );

    test("a store can be opened while it is down", [BOB], async (harness, clock) => {
      await harness.down?.();
      const people = joinStores([harness.store], { clock });
      await assert.rejects(people.findProfile(userOf("bob")), StoreError);
      await harness.up?.();
      assert.ok(await people.findProfile(userOf("bob")));
    });
  }

  if (contract.faults.includes("stall")) {
    test("a lookup is aborted while it waits", [BOB], async (harness) => {
      const stalled = await harness.stall?.();
      const controller = new AbortController();
      const lookup = harness.store.findProfile(userOf("bob"), { signal: controller.signal });
      await stalled?.reached;
      controller.abort();
      await assert.rejects(lookup, isTemporary);
    });

    test("a store that does not answer has a deadline", [BOB], async (harness, clock) => {
      const stalled = await harness.stall?.();
      const lookup = queryStores([harness.store], userOf("bob"), { clock, deadline: 5000 });
      await stalled?.reached;
      const deadline = harness.store.deadline ?? 5000;
      clock.advance(deadline);
      const [answer] = await lookup;
      assert.equal(answer?.milliseconds, deadline);
      assert.ok(answer?.outcome.kind === "failed" && isTemporary(answer.outcome.error));
    });
  }
}

function isTemporary(error: unknown): boolean {
  return error instanceof StoreError && error.kind === "temporary";
}

function isStoreError(harness: StoreHarness) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.store, harness.store.name);
    assert.ok(error.message.startsWith(`${error.store}: `));
    const text = error.message + Deno.inspect(error);
    for (const secret of [...BOB.addresses, ...(harness.secrets ?? [])]) {
      assert.ok(!text.includes(secret), "an error contains a secret");
    }
    return true;
  };
}
