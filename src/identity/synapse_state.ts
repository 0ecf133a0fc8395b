/**
 * Derives whether a Synapse account may be used from its flags.
 *
 * @module
 */

import type { AccountState } from "../domain/profile.ts";

/**
 * An account's columns in Synapse's table `users`, which are also its fields in Synapse's admin
 * API. Booleans are 0 and 1 in SQLite and in the admin API of old versions; old versions lack some
 * of them.
 */
export interface SynapseAccount {
  readonly deactivated?: unknown;
  readonly locked?: unknown;
  readonly suspended?: unknown;
  readonly is_guest?: unknown;
  /** The ID of the application service that created the account, empty if a person did. */
  readonly appservice_id?: string | null | undefined;
}

/**
 * Whether an account may be used. Nobody reads the email of a guest or of a bridge's user, so these
 * count as locked. A suspended user may log in, but not join a room.
 */
export function synapseState(account: SynapseAccount): AccountState {
  if (isTrue(account.deactivated)) return "deactivated";
  const locked = [account.locked, account.suspended, account.is_guest].some(isTrue);
  return locked || account.appservice_id ? "locked" : "active";
}

/** Whether a column or a field is set. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1;
}
