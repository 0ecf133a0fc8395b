/**
 * Gives up the permissions that the configuration does not need.
 *
 * @module
 */

import process from "node:process";

/** The permissions that the service needs once it has started. */
export interface Needs {
  /** Reading files: a store's database, a folder for mails. */
  readonly read: boolean;
  /** Writing files that are not open yet: mails into a folder. */
  readonly write: boolean;
  /** Running programs: those of the store `exec`, and `sendmail`. */
  readonly run: boolean;
}

/** Gives up what is not needed, and returns what that was. */
export type GiveUpPermissions = (needs: Needs) => Promise<readonly Deno.PermissionName[]>;

/**
 * Revokes all permissions that are no longer needed: an attacker who takes over the process cannot get
 * them back. The database that is open already can still be written.
 */
export async function giveUpPermissions(needs: Needs): Promise<readonly Deno.PermissionName[]> {
  const names: Deno.PermissionName[] = ["ffi", "env", "sys"];
  if (!needs.run) names.push("run");
  if (!needs.read) names.push("read");
  if (!needs.write) names.push("write");
  for (const name of names) await Deno.permissions.revoke({ name });
  // Packages that read variables later find none. With `-A` they would fail without this.
  process.env = {};
  return names;
}
