/**
 * Remembering for a little while who was found.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";
import type { Clock } from "../system/clock.ts";

const MOST = 1000;

/**
 * Profiles that were found lately. Whoever is not known, or has no address, is not remembered: what
 * the administrator adds counts at once.
 */
export class RecentProfiles {
  readonly #profiles = new Map<UserId, { readonly profile: Profile; readonly since: number }>();

  /** Remembers for `keep` milliseconds; 0 is not at all. */
  constructor(readonly clock: Clock, readonly keep: number, readonly most: number = MOST) {}

  /** The profile, while it is remembered. */
  find(user: UserId): Profile | undefined {
    const recent = this.#profiles.get(user);
    if (recent === undefined) return undefined;
    const age = this.clock.now() - recent.since;
    // A clock that was set back must not make it last.
    if (age >= 0 && age < this.keep) return recent.profile;
    this.#profiles.delete(user);
    return undefined;
  }

  /** Remembers a profile; the oldest one is forgotten when there are too many. */
  add(user: UserId, profile: Profile): void {
    if (this.keep <= 0 || profile.addresses.length === 0) return;
    this.#profiles.delete(user);
    this.#profiles.set(user, { profile, since: this.clock.now() });
    const [oldest] = this.#profiles.keys();
    if (this.#profiles.size > this.most && oldest !== undefined) this.#profiles.delete(oldest);
  }
}
