/**
 * Caches profiles for a short time.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Clock } from "../system/clock.ts";

const MAX_PROFILES = 1000;

/**
 * Recently found profiles. A profile without an address is not cached, so that an address that the
 * administrator adds takes effect at once.
 */
export class ProfileCache {
  readonly #entries = new Map<UserId, { readonly profile: Profile; readonly since: number }>();

  /** Keeps profiles for `keep` milliseconds; 0 disables the cache. */
  constructor(
    readonly clock: Clock,
    readonly keep: number,
    readonly maxProfiles: number = MAX_PROFILES,
  ) {}

  /** Returns the profile if it is cached and has not expired. */
  get(user: UserId): Profile | undefined {
    const entry = this.#entries.get(user);
    if (entry === undefined) return undefined;
    const age = this.clock.now() - entry.since;
    // A clock that was set back must not keep an entry alive.
    if (age >= 0 && age < this.keep) return entry.profile;
    this.#entries.delete(user);
    return undefined;
  }

  /** Adds a profile, and removes the oldest one if the cache is full. */
  add(user: UserId, profile: Profile): void {
    if (this.keep <= 0 || profile.addresses.length === 0) return;
    this.#entries.delete(user);
    this.#entries.set(user, { profile, since: this.clock.now() });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.maxProfiles && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
  }
}
