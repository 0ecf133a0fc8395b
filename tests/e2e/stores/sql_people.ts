/**
 * What the tests of databases have in common.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { IdentityStore } from "../../../src/identity/port.ts";
import { userOf } from "../../contracts/identity_store.ts";
import { type ErrorMatcher, failsWithout } from "../../contracts/store_error.ts";

/** The password of the account that reads: all that has to be encoded is in it. */
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

/** A database server that tests stop, and start again with and without TLS. */
export interface TestedServer {
  /** Starts it. */
  up(options?: { readonly tls: boolean }): Promise<void>;
  /** Stops it. */
  down(): Promise<void>;
}

/** What the tests of a server's connections need. */
export interface ConnectionTests {
  /** Declares a test that finds the server up, and bob in it. */
  readonly test: (sentence: string, body: () => Promise<void>) => void;
  /** The server, once it has been started. */
  readonly server: () => TestedServer;
  /** Opens a store on it; TLS is required unless the parameters say something else. */
  readonly open: (
    options?: { readonly parameters: string; readonly ca?: string },
  ) => IdentityStore;
  /** Connection parameters, the authority that is trusted, and how that is refused if it is. */
  readonly encryption: readonly (readonly [parameters: string, ca: string, refused?: RegExp])[];
  /** Parameters that do without TLS where there is none. */
  readonly lenient: string;
}

/** Declares the tests of connections that servers of every kind have to pass. */
export function testConnections(
  { test, server, open, encryption, lenient }: ConnectionTests,
): void {
  const bob = userOf("bob");

  test("a connection that was used before outlives a restart of the server", async () => {
    await using store = open();
    assert.ok(await store.findProfile(bob));
    await server().down();
    await server().up();
    assert.deepEqual((await store.findProfile(bob))?.addresses, ["bob@example.org"]);
  });

  test("every way to encrypt and verify does what it says", async () => {
    for (const [parameters, ca, refused] of encryption) {
      await using store = open({ parameters, ca });
      if (refused) await assert.rejects(store.findProfile(bob), fails("misconfigured", refused));
      else assert.ok(await store.findProfile(bob), parameters);
    }
  });

  test("a server without TLS is refused where TLS is required", async () => {
    await server().down();
    await server().up({ tls: false });
    await using strict = open();
    await assert.rejects(strict.findProfile(bob), fails("misconfigured", /offers no TLS/));
    await using without = open({ parameters: lenient });
    assert.ok(await without.findProfile(bob));
    await server().down();
  });
}
