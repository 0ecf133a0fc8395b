/**
 * Checks each identity store.
 *
 * @module
 */

import type { IdentityStore } from "../identity/port.ts";
import { checkStore, type QueryOptions } from "../identity/query_stores.ts";
import { type Check, error, ok, skipped } from "./finding.ts";

/** Checks the stores, each within its deadline. */
export async function checkStores(
  stores: readonly IdentityStore[],
  options: QueryOptions,
): Promise<readonly Check[]> {
  // The configuration's check says so as well.
  if (stores.length === 0) return [skipped("stores", "no identity store is enabled")];
  return await Promise.all(stores.map(async (store): Promise<Check> => {
    const { name } = store;
    const { milliseconds, error: cause } = await checkStore(store, options);
    if (cause === undefined) return ok(name, `it answers within ${Math.ceil(milliseconds)} ms`);
    const reason = cause.message.startsWith(`${name}: `)
      ? cause.message.slice(name.length + 2)
      : cause.message;
    const remedy = cause.kind === "misconfigured"
      ? `Correct the section ${name}; "doctor store ${name} @USER:DOMAIN" shows its queries.`
      : `Start what it asks, or correct the section ${name}; until then invites wait.`;
    return error(name, reason, remedy);
  }));
}
