/**
 * Changes accounts with Synapse's admin API.
 *
 * @module
 */

import type { MatrixUser } from "../servers/matrix_user.ts";

/** Changes an account on the administrator's homeserver. */
export async function administer(
  admin: MatrixUser,
  localpart: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const id = `@${localpart}:${admin.id.slice(admin.id.indexOf(":") + 1)}`;
  const response = await fetch(
    `${admin.url}/_synapse/admin/v2/users/${encodeURIComponent(id)}`,
    {
      method: "PUT",
      headers: { authorization: `Bearer ${admin.accessToken}` },
      body: JSON.stringify(changes),
    },
  );
  const answer = await response.text();
  if (!response.ok) throw new Error(`Cannot change ${id}: ${response.status} ${answer}`);
}
