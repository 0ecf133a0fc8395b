/**
 * Tests that the store has to pass on each real database server.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { IdentityStore } from "../../../src/identity/port.ts";
import { openSqlStore, sqlSection } from "../../../src/identity/sql/store.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { DOMAIN, type Person, testIdentityStore, userOf } from "../../contracts/identity_store.ts";
import { type ErrorMatcher, failsWithout } from "../../contracts/store_error.ts";
import { realHarness, type RealServer } from "../../contracts/store_harness.ts";
import { CA } from "../../fakes/net/certificates.ts";

/** The password of the reading account, with all characters that must be encoded. */
export const SECRET_PASSWORD = "p&ss=w+rd %41/?#@:ö";

/** The queries for the tests' tables. */
export const PROFILE = {
  displayName: { query: "SELECT name FROM people WHERE id = ? ORDER BY entry" },
  threepid: {
    query: "SELECT medium, address FROM user_threepids WHERE user_id = ? ORDER BY entry",
  },
};

/** Expects an error of the store without its password. */
export const fails: ErrorMatcher = failsWithout([SECRET_PASSWORD]);

/** Deviations from a connection that works. */
export interface OpenOptions {
  readonly host?: string;
  readonly user?: string;
  readonly password?: string;
  readonly parameters?: string;
  readonly profile?: object;
  /** The certificate authority to trust. */
  readonly ca?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** A database server with people, and what it does with TLS. */
export interface PeopleDatabase {
  /** What the tests call it. */
  readonly name: string;
  readonly type: "postgresql" | "mariadb";
  /** The server, once it has been started; `up` may start it without TLS. */
  readonly server: () => RealServer & {
    readonly port: number;
    up(options?: { readonly tls: boolean }): Promise<void>;
  };
  /** Replaces the people. */
  readonly fill: (people: readonly Person[]) => Promise<void>;
  /** Localparts that no row can have. */
  readonly cannotHold?: readonly string[];
  /** How the store of the contract's tests is opened. */
  readonly contractOptions?: OpenOptions;
  readonly tls: {
    /** The parameters of a connection unless a test has others: a verified certificate. */
    readonly verified: string;
    /** Parameters, the authority that is trusted, and the refusal if there is one. */
    readonly modes: readonly (readonly [parameters: string, ca: string, refused?: RegExp])[];
    /** Parameters that do without TLS where there is none. */
    readonly optional: string;
  };
}

/** What more tests of a database need. */
export interface DatabaseTests {
  /** Declares a test that finds the server up, with bob in it. */
  test(sentence: string, body: () => Promise<void>): void;
  open(options?: OpenOptions): IdentityStore;
}

/** Declares the tests of the contract, and those of connections. */
export function testDatabase(database: PeopleDatabase): DatabaseTests {
  const { name, type, server, fill, tls } = database;
  const bob = userOf("bob");

  function open(options: OpenOptions = {}): IdentityStore {
    const { host = "localhost", user = "mxisd", parameters = tls.verified, ca = CA } = options;
    const password = encodeURIComponent(options.password ?? SECRET_PASSWORD);
    const login = `user=${user}&password=${password}&${parameters}`;
    const section = sqlSection.parse({
      enabled: true,
      type,
      connection: `//${host}:${server().port}/people?${login}`,
      profile: { ...PROFILE, ...options.profile },
    });
    const timeout = options.timeout ?? 10_000;
    return openSqlStore(section, {
      domain: DOMAIN,
      clock: systemClock,
      authorities: [ca],
      timeout,
    });
  }

  testIdentityStore({
    name,
    severalEntries: true,
    cannotHold: database.cannotHold ?? [],
    faults: ["down", "stall"],
    async open(people) {
      await server().up();
      await fill(people);
      return realHarness(open(database.contractOptions), server(), [SECRET_PASSWORD]);
    },
  });

  function test(sentence: string, body: () => Promise<void>): void {
    Deno.test(`${name}: ${sentence}`, async () => {
      await server().up();
      await fill([{ localpart: "bob", addresses: ["bob@example.org"], displayName: "Bob" }]);
      await body();
    });
  }

  test("a connection that was used before outlives a restart of the server", async () => {
    await using store = open();
    assert.ok(await store.findProfile(bob));
    await server().down();
    await server().up();
    assert.deepEqual((await store.findProfile(bob))?.addresses, ["bob@example.org"]);
  });

  test("every way to encrypt and verify does what it says", async () => {
    for (const [parameters, ca, refused] of tls.modes) {
      await using store = open({ parameters, ca });
      if (refused) await assert.rejects(store.findProfile(bob), fails("misconfigured", refused));
      else assert.ok(await store.findProfile(bob), parameters);
    }
  });

  test("a server without TLS is refused where TLS is required", async () => {
    await server().down();
    await server().up({ tls: false });
    await using strict = open();
    await assert.rejects(strict.findProfile(bob), fails("misconfigured", /does not offer TLS/));
    await using without = open({ parameters: tls.optional });
    assert.ok(await without.findProfile(bob));
    await server().down();
  });

  return { test, open };
}
