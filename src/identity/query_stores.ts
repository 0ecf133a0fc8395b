/**
 * Queries identity stores, each under its deadline.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import { DEFAULT_LOOKUP_TIMEOUT_MS } from "../settings/kinds.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { withDeadline } from "./deadline.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "./port.ts";

const log = openLog("identity");

/** Options of a query. */
export interface QueryOptions extends LookupOptions {
  readonly clock: Clock;
  /** For stores without a deadline of their own, in milliseconds; 10 seconds by default. */
  readonly deadline?: number | undefined;
}

/** What one store knows about a person. */
export interface StoreResult {
  /** The store's name. */
  readonly store: string;
  /** How long the query took. */
  readonly milliseconds: number;
  /** What was sent to the backend: see `LookupOptions.onQuery`. */
  readonly queries: readonly string[];
  /** The profile, no such user, or why the store cannot tell. */
  readonly outcome:
    | { readonly kind: "found"; readonly profile: Profile }
    | { readonly kind: "unknown" }
    | { readonly kind: "failed"; readonly error: StoreError };
}

/** Queries all stores concurrently. Never rejects. */
export function queryStores(
  stores: readonly IdentityStore[],
  user: UserId,
  options: QueryOptions,
): Promise<readonly StoreResult[]> {
  const { clock } = options;
  return Promise.all(stores.map(async (store): Promise<StoreResult> => {
    const start = clock.now();
    const queries: string[] = [];
    function onQuery(query: string): void {
      queries.push(query);
      options.onQuery?.(query);
    }
    const outcome = await queryStore(store, user, { ...options, onQuery });
    return { store: store.name, milliseconds: clock.now() - start, queries, outcome };
  }));
}

async function queryStore(
  store: IdentityStore,
  user: UserId,
  { clock, deadline = DEFAULT_LOOKUP_TIMEOUT_MS, signal, onQuery }: QueryOptions,
): Promise<StoreResult["outcome"]> {
  try {
    const profile = await withDeadline(
      store.name,
      { clock, deadline: store.deadline ?? deadline, signal },
      (ended) => store.findProfile(user, { signal: ended, onQuery }),
    );
    return profile ? { kind: "found", profile } : { kind: "unknown" };
  } catch (cause) {
    const error = asStoreError(store.name, cause);
    // An aborted lookup says nothing about the store.
    if (!signal?.aborted) {
      log.warn("store did not answer", { store: store.name, user, reason: error.message });
    }
    return { kind: "failed", error };
  }
}

/** What a store said, without addresses. */
export function describeAnswer({ store, outcome }: StoreResult): string {
  switch (outcome.kind) {
    case "unknown":
      return `${store}: no such user`;
    case "failed":
      return outcome.error.message;
    case "found": {
      const { addresses, dropped, state } = outcome.profile;
      const count = addresses.length === 0
        ? dropped ? "no valid address" : "no address"
        : `${addresses.length} ${addresses.length === 1 ? "address" : "addresses"}`;
      return `${store}: ${state === "active" ? "found" : state}, ${count}`;
    }
  }
}

/** The result of a store's check. */
export interface StoreCheck {
  /** How long the check took. */
  readonly milliseconds: number;
  /** Why the store cannot be used; absent if it can. */
  readonly error?: StoreError;
}

/** Checks one store under the deadline of a lookup. Never rejects. */
export async function checkStore(
  store: IdentityStore,
  { clock, deadline = DEFAULT_LOOKUP_TIMEOUT_MS, signal }: QueryOptions,
): Promise<StoreCheck> {
  const start = clock.now();
  try {
    const limits = { clock, deadline: store.deadline ?? deadline, signal };
    await withDeadline(store.name, limits, (ended) => store.check({ signal: ended }));
    return { milliseconds: clock.now() - start };
  } catch (cause) {
    return { milliseconds: clock.now() - start, error: asStoreError(store.name, cause) };
  }
}

function asStoreError(store: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError(store, "temporary", "an unexpected error", { cause });
}
