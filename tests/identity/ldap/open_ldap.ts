/**
 * Directories for tests: a strict server, and the store that asks it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { UserId } from "../../../src/domain/user_id.ts";
import { ldapSection } from "../../../src/identity/ldap/section.ts";
import { openLdapStores } from "../../../src/identity/ldap/store.ts";
import type { IdentityStore } from "../../../src/identity/port.ts";
import type { Clock } from "../../../src/system/clock.ts";
import { DOMAIN, userOf } from "../../contracts/identity_store.ts";
import { type ErrorMatcher, failsWithout } from "../../contracts/store_error.ts";
import { type FakeEntry, LdapServer } from "../../fakes/identity/ldap/ldap_server.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

/** The login that the server accepts. */
export const LOGIN = { dn: "cn=mxisd,dc=example,dc=org", password: "t0ps3cret" };
/** A user to look up. */
export const BOB: UserId = userOf("bob");

/** A server with these entries, which requires the login. */
export async function startServer(entries: readonly FakeEntry[] = []): Promise<LdapServer> {
  const server = new LdapServer();
  server.login = LOGIN;
  server.entries.push(...entries);
  await server.up();
  return server;
}

/** An entry by its `sAMAccountName`. */
export function person(
  uid: string,
  attributes: FakeEntry["attributes"] = {},
  base = "dc=org",
): FakeEntry {
  const dn = `cn=${crypto.randomUUID()},${base}`;
  return { dn, attributes: { sAMAccountName: [uid], ...attributes } };
}

/** Options of a store. */
export interface StoreOptions {
  /** More settings of the section's `connection`. */
  readonly connection?: object;
  /** By default one that stands still. */
  readonly clock?: Clock;
  readonly name?: "ldap" | "netiq";
}

/** A store with the server as its only directory. */
export function openStore(
  server: LdapServer,
  settings: object = {},
  { connection = {}, clock = new ManualClock(), name = "ldap" }: StoreOptions = {},
): IdentityStore {
  const section = ldapSection.parse({
    enabled: true,
    connection: {
      ...{ host: "127.0.0.1", port: server.port, baseDNs: ["dc=org"] },
      ...{ bindDn: LOGIN.dn, bindPassword: LOGIN.password, ...connection },
    },
    ...settings,
  });
  const [store] = openLdapStores(section, name, { domain: DOMAIN, clock, authorities: [] });
  assert.ok(store);
  return store;
}

/** Expects an error of the store without its password. */
export const fails: ErrorMatcher = failsWithout([LOGIN.password]);
