/**
 * The port to the stores in which an organisation keeps its people.
 *
 * @module
 */

import type { Profile } from "../domain/profile.ts";
import type { UserId } from "../domain/user_id.ts";

/** Options of a lookup or a check. */
export interface LookupOptions {
  /** Aborts the lookup, which then rejects with a temporary {@linkcode StoreError}. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Receives each query before it is sent to the backend, such as a request's method and URL, an
   * LDAP filter or an SQL statement. It contains no secrets. `doctor store` prints it.
   */
  readonly onQuery?: ((query: string) => void) | undefined;
  /**
   * Receives what each of several joined stores said, such as `ldap: no such user`, without secrets
   * and addresses. It is not called for a profile that is cached, which has an address.
   */
  readonly onAnswers?: ((answers: readonly string[]) => void) | undefined;
}

/** A source of people: a directory, a database, a web service. */
export interface IdentityStore extends AsyncDisposable {
  /** The store's key in the configuration, such as `rest`. */
  readonly name: string;
  /** How long a lookup may take, in milliseconds, if the store's own section sets it. */
  readonly deadline?: number | undefined;
  /**
   * Finds what the store knows about a person, `undefined` if the store has no such user.
   *
   * @throws {StoreError} If the store cannot tell; being unreachable never means "no such user".
   */
  findProfile(user: UserId, options?: LookupOptions): Promise<Profile | undefined>;
  /**
   * Checks that the store can be used as configured, without looking up a particular person.
   *
   * @throws {StoreError} If it cannot be used.
   */
  check(options?: LookupOptions): Promise<void>;
}

/** What a room is called, as far as it is known. */
export interface NamedRoom {
  /** The room's name (`m.room.name`). */
  readonly name?: string | undefined;
  /** The room's canonical alias (`m.room.canonical_alias`). */
  readonly alias?: string | undefined;
}

/** A source of room names, for invites that do not contain the name of their room. */
export interface RoomDirectory {
  /**
   * Finds what a room is called, `undefined` if that is not known.
   *
   * @throws {StoreError} If the directory cannot tell.
   */
  findRoom(roomId: string): Promise<NamedRoom | undefined>;
}

/**
 * Whether a retry can help: `temporary` errors pass without intervention, `misconfigured` ones need
 * an administrator (a rejected password, an unknown table, a wrong path).
 */
export type StoreErrorKind = "temporary" | "misconfigured";

/** A store could not be queried. The message says why, without secrets and addresses. */
export class StoreError extends Error {
  /** Always `StoreError`. */
  override readonly name = "StoreError";

  /** Puts the store's name before the reason. */
  constructor(
    readonly store: string,
    readonly kind: StoreErrorKind,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${store}: ${reason}`, options);
  }
}
