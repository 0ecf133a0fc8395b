/**
 * Puts a store and the server behind it into the harness of the contract.
 *
 * @module
 */

import type { IdentityStore } from "../../src/identity/port.ts";
import type { StoreHarness } from "./identity_store.ts";

/** A fake server behind a store. */
export interface FakeServer extends AsyncDisposable {
  /** Refuses connections, and ends the present ones. */
  down(): Promise<void>;
  /** Listens again. */
  up(): Promise<void> | void;
  /** Stops answering; `reached` resolves with the first request. */
  stall(): { readonly reached: Promise<void> };
}

/** Owns the store, its server, and what is behind that. */
export function fakeHarness(
  store: IdentityStore,
  server: FakeServer,
  secrets: readonly string[],
  ...owned: readonly Disposable[]
): StoreHarness {
  return {
    store,
    secrets,
    down: () => server.down(),
    up: async () => await server.up(),
    stall: () => server.stall(),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      for (const each of owned) each[Symbol.dispose]();
    },
  };
}

/** A real server, which all tests of a file share. */
export interface RealServer {
  /** Stops it. */
  down(): Promise<void>;
  /** Starts it, or lets it continue. */
  up(): Promise<void>;
  /** Stops answering; resolves when it does. */
  stall(): Promise<void>;
}

/** Owns the store, and leaves its server running. */
export function realHarness(
  store: IdentityStore,
  server: RealServer,
  secrets: readonly string[],
): StoreHarness {
  return {
    store,
    secrets,
    down: () => server.down(),
    up: () => server.up(),
    async stall() {
      await server.stall();
      return { reached: Promise.resolve() };
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await server.up();
    },
  };
}
