/**
 * All identity stores as one.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Clock } from "../system/clock.ts";
import { openLog } from "../system/log_events.ts";
import { DEFAULT_DEADLINE, withDeadline } from "./deadline.ts";
import { joinProfiles } from "./join_profiles.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "./port.ts";
import { RecentProfiles } from "./profile_cache.ts";
import { SharedLookups } from "./single_flight.ts";

const log = openLog("identity");

/** What stores are asked with. */
export interface ChainOptions {
  /** The time. */
  readonly clock: Clock;
  /** How long a store may take that sets no time itself, in milliseconds; 10 seconds by default. */
  readonly deadline?: number;
}

/** How a chain behaves. */
export interface ChainPolicy {
  /** How long a person who was found is remembered, in milliseconds; not at all by default. */
  readonly keep?: number;
  /**
   * What to do when a store does not answer: fail, so that the lookup is tried again (`wait`, the
   * default), or be content with what the others know if there is an address in it (`send`).
   */
  readonly incomplete?: "wait" | "send";
}

/** What one store says of a person. */
export interface StoreAnswer {
  /** The store's name. */
  readonly store: string;
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** A profile, no such user, or why it cannot tell. */
  readonly outcome:
    | { readonly kind: "found"; readonly profile: Profile }
    | { readonly kind: "unknown" }
    | { readonly kind: "failed"; readonly error: StoreError };
}

/** The identity stores of a configuration as one, which owns them. */
export type IdentityChain = Pick<IdentityStore, "findProfile"> & AsyncDisposable;

/**
 * Some stores did not answer, so that nobody knows all about the person. It is temporary when one
 * of them is down for a while, `misconfigured` when all of them want the administrator.
 */
export class IncompleteLookup extends StoreError {
  /** Takes at least one failure, and what the other stores know, joined. */
  constructor(
    readonly failures: readonly StoreError[],
    readonly profile: Profile | undefined,
  ) {
    const passes = failures.some((failure) => failure.kind === "temporary");
    const stores = failures.map((failure) => failure.store).join(", ");
    super(stores, passes ? "temporary" : "misconfigured", "", { cause: failures[0] });
    this.message = failures.map((failure) => failure.message).join("; ");
  }
}

/**
 * Joins the stores. Their order is the order of precedence: see `joinProfiles`. All of them are
 * asked at once; a person whom none of them knows is `undefined`, and a lookup that a store did not
 * answer fails with an {@linkcode IncompleteLookup}. Who looks for the same person at the same time
 * gets the same answer. Disposing of it disposes of the stores.
 */
export function chainStores(
  stores: readonly IdentityStore[],
  options: ChainOptions & ChainPolicy,
): IdentityChain {
  const { clock, keep = 0, incomplete = "wait" } = options;
  const shared = new SharedLookups<Profile | undefined>("identity stores");
  const recent = new RecentProfiles(clock, keep);

  async function lookUp(user: UserId, lookup: LookupOptions): Promise<Profile | undefined> {
    const outcomes = (await askStores(stores, user, { ...options, ...lookup }))
      .map((answer) => answer.outcome);
    const profiles = outcomes.flatMap((outcome) => outcome.kind === "found" ? outcome.profile : []);
    const failures = outcomes.flatMap((outcome) => outcome.kind === "failed" ? outcome.error : []);
    const profile = joinProfiles(user, profiles);
    if (failures.length === 0) {
      if (profile) recent.add(user, profile);
      return profile;
    }
    const called = lookup.signal?.aborted;
    if (incomplete === "send" && profile && profile.addresses.length > 0 && !called) return profile;
    throw new IncompleteLookup(failures, profile);
  }

  return {
    async findProfile(user, { signal, onQuery } = {}) {
      // A listener wants to hear the questions, and hear all of them.
      if (onQuery) return await lookUp(user, { onQuery, ...(signal ? { signal } : {}) });
      return recent.find(user) ??
        await shared.run(user, signal, (ended) => lookUp(user, { signal: ended }));
    },
    async [Symbol.asyncDispose]() {
      await using owned = new AsyncDisposableStack();
      for (const store of stores) owned.use(store);
    },
  };
}

/** Asks all stores at once, and tells what each one says. It never rejects. */
export function askStores(
  stores: readonly IdentityStore[],
  user: UserId,
  options: ChainOptions & LookupOptions,
): Promise<readonly StoreAnswer[]> {
  const { clock, deadline = DEFAULT_DEADLINE, signal, onQuery } = options;
  return Promise.all(stores.map(async (store): Promise<StoreAnswer> => {
    const start = clock.now();
    const outcome = await ask(store);
    return { store: store.name, milliseconds: clock.now() - start, outcome };
  }));

  async function ask(store: IdentityStore): Promise<StoreAnswer["outcome"]> {
    try {
      const profile = await withDeadline(
        store.name,
        { clock, deadline: store.deadline ?? deadline, signal },
        (ended) => store.findProfile(user, { signal: ended, ...(onQuery ? { onQuery } : {}) }),
      );
      return profile ? { kind: "found", profile } : { kind: "unknown" };
    } catch (cause) {
      const error = asStoreError(store.name, cause);
      // Whoever calls it off knows that.
      if (!signal?.aborted) {
        log.warn("store did not answer", { store: store.name, user, reason: error.message });
      }
      return { kind: "failed", error };
    }
  }
}

/** What a store's check came to. */
export interface StoreCheck {
  /** How long it took, in milliseconds. */
  readonly milliseconds: number;
  /** Why the store cannot be used; absent when it can. */
  readonly error?: StoreError;
}

/** Checks one store, for as long as a lookup in it may take. It never rejects. */
export async function checkStore(
  store: IdentityStore,
  { clock, deadline = DEFAULT_DEADLINE, signal }: ChainOptions & LookupOptions,
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
