/**
 * The port to the places where an organisation keeps its people.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";

/** What a lookup may be given. */
export interface LookupOptions {
  /** Ends the lookup early; it then rejects with a temporary {@linkcode StoreError}. */
  readonly signal?: AbortSignal;
  /**
   * Hears each question as it is put to what is behind the store, such as a request's method and
   * URL, a filter or a query: for people who look for what is wrong. It has no secrets in it.
   */
  readonly onQuery?: (query: string) => void;
}

/** A place that knows people: a directory, a database, a service. */
export interface IdentityStore extends AsyncDisposable {
  /** The store's key in the configuration, such as `rest`. */
  readonly name: string;
  /** How long a lookup may take, in milliseconds, where the store's own settings say so. */
  readonly deadline?: number;
  /**
   * What the store knows of a person, `undefined` when it knows that there is no such user.
   *
   * @throws {StoreError} Whenever it cannot tell; being down is never "no such user".
   */
  findProfile(user: UserId, options?: LookupOptions): Promise<Profile | undefined>;
  /**
   * Whether the store can be used as configured, without asking for anybody in particular.
   *
   * @throws {StoreError} When it cannot.
   */
  check(options?: LookupOptions): Promise<void>;
}

/** A room, as far as it has a name. */
export interface NamedRoom {
  /** Its name. */
  readonly name?: string;
  /** Its canonical alias. */
  readonly alias?: string;
}

/** A place that knows rooms, for invites that do not tell what their room is called. */
export interface RoomDirectory {
  /**
   * What the room is called, `undefined` when that is not known.
   *
   * @throws {StoreError} Whenever it cannot tell.
   */
  findRoom(roomId: string): Promise<NamedRoom | undefined>;
}

/**
 * Whose turn it is when a store does not answer: `temporary` passes by itself, `misconfigured`
 * wants the administrator (a refused password, an unknown table, a wrong path).
 */
export type StoreErrorKind = "temporary" | "misconfigured";

/** A store could not be asked. The message says why, without secrets and without addresses. */
export class StoreError extends Error {
  /** The name of this kind of error. */
  override readonly name = "StoreError";

  /** Names the store, says whose turn it is, and why. */
  constructor(
    readonly store: string,
    readonly kind: StoreErrorKind,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${store}: ${reason}`, options);
  }
}
