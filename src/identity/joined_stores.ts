/**
 * Joins several identity stores into one.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Clock } from "../system/clock.ts";
import { joinProfiles } from "./join_profiles.ts";
import { type IdentityStore, type LookupOptions, StoreError } from "./port.ts";
import { ProfileCache } from "./profile_cache.ts";
import { describeAnswer, queryStores } from "./query_stores.ts";
import { SingleFlight } from "./single_flight.ts";

/** How the joined stores behave. */
export interface JoinOptions {
  readonly clock: Clock;
  /** For stores without a deadline of their own, in milliseconds; 10 seconds by default. */
  readonly deadline?: number | undefined;
  /** How long a profile is cached, in milliseconds; 0, the default, disables the cache. */
  readonly keep?: number | undefined;
  /**
   * What to do if a store fails: fail, so that the lookup is retried (`wait`, the default), or
   * return what the other stores know if that includes an address (`send`).
   */
  readonly incomplete?: "wait" | "send" | undefined;
  /** Called after each lookup that was neither cached nor aborted. */
  readonly onLookup?: ((user: UserId, result: LookupResult) => void) | undefined;
}

/** Whether all stores answered, some that are enough did, or too few. */
export type LookupResult = "complete" | "incomplete" | "failed";

interface Lookup {
  readonly profile: Profile | undefined;
  /** What each store said. */
  readonly answers: readonly string[];
}

/** The configured identity stores as one. Disposing of it disposes of the stores. */
export type JoinedStores = Pick<IdentityStore, "findProfile"> & AsyncDisposable;

/**
 * Some stores failed, so that the profile may be incomplete. The error is `misconfigured` if all of
 * them are, otherwise `temporary`.
 */
export class IncompleteLookupError extends StoreError {
  /** Takes at least one failure, and the joined profile of the other stores. */
  constructor(
    readonly failures: readonly StoreError[],
    readonly profile: Profile | undefined,
  ) {
    const transient = failures.some((failure) => failure.kind === "temporary");
    const stores = failures.map((failure) => failure.store).join(", ");
    super(stores, transient ? "temporary" : "misconfigured", "", { cause: failures[0] });
    this.message = failures.map((failure) => failure.message).join("; ");
  }
}

/**
 * Joins the stores, the first one having precedence: see `joinProfiles`. A lookup queries all of
 * them concurrently, and rejects with an {@linkcode IncompleteLookupError} if one of them fails.
 * Concurrent lookups of one person share their result.
 */
export function joinStores(stores: readonly IdentityStore[], options: JoinOptions): JoinedStores {
  const { clock, deadline, keep = 0, incomplete = "wait", onLookup } = options;
  const flights = new SingleFlight<Lookup>("identity stores");
  const cache = new ProfileCache(clock, keep);

  async function lookUp(user: UserId, lookup: LookupOptions): Promise<Lookup> {
    const results = await queryStores(stores, user, { clock, deadline, ...lookup });
    const outcomes = results.map((result) => result.outcome);
    const profiles = outcomes.flatMap((outcome) => outcome.kind === "found" ? outcome.profile : []);
    const failures = outcomes.flatMap((outcome) => outcome.kind === "failed" ? outcome.error : []);
    const profile = joinProfiles(user, profiles);
    const answers = results.map(describeAnswer);
    if (failures.length === 0) {
      if (profile) cache.add(user, profile);
      onLookup?.(user, "complete");
      return { profile, answers };
    }
    if (!lookup.signal?.aborted) {
      const isEnough = incomplete === "send" && profile && profile.addresses.length > 0;
      onLookup?.(user, isEnough ? "incomplete" : "failed");
      if (isEnough) return { profile, answers };
    }
    throw new IncompleteLookupError(failures, profile);
  }

  return {
    async findProfile(user, { signal, onQuery, onAnswers } = {}) {
      // A cached or shared lookup would not report its queries.
      const cached = onQuery ? undefined : cache.get(user);
      if (cached) return cached;
      const { profile, answers } = onQuery
        ? await lookUp(user, { signal, onQuery })
        : await flights.run(user, signal, (ended) => lookUp(user, { signal: ended }));
      onAnswers?.(answers);
      return profile;
    },
    async [Symbol.asyncDispose]() {
      await using owned = new AsyncDisposableStack();
      for (const store of stores) owned.use(store);
    },
  };
}
