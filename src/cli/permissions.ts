/**
 * Giving up what the configuration does not need.
 *
 * @module
 */

/** What the service needs once it has started. */
export interface Needs {
  /** Reading files: a store's database, a folder for mails. */
  readonly read: boolean;
  /** Writing files that are not open yet: mails into a folder. */
  readonly write: boolean;
  /** Running programs: those of the store `exec`, and one that takes the mails. */
  readonly run: boolean;
}

/** Gives up what is not needed, and tells what that was. */
export type GiveUpPermissions = (needs: Needs) => Promise<readonly Deno.PermissionName[]>;

/**
 * Gives up all permissions that are not needed any more, for good: whoever takes over the process
 * cannot get them back. The open database goes on writing.
 */
export async function giveUpPermissions(needs: Needs): Promise<readonly Deno.PermissionName[]> {
  const names: Deno.PermissionName[] = ["ffi", "env", "sys"];
  if (!needs.run) names.push("run");
  if (!needs.read) names.push("read");
  if (!needs.write) names.push("write");
  for (const name of names) await Deno.permissions.revoke({ name });
  return names;
}
