/**
 * Queries Keycloak's admin REST API.
 *
 * @module
 */

import { z } from "zod";
import { StoreError } from "../port.ts";
import { fetchJson, type LookupContext, StatusError } from "./json_request.ts";
import { type KeycloakUser, keycloakUser } from "./keycloak_user.ts";

const users = z.array(keycloakUser);
const roles = z.array(z.object({ name: z.string() }));

const LACKS_ROLE = "the client's service account lacks the role view-users";

/**
 * Finds the users of a name.
 *
 * @throws {StoreError} If Keycloak cannot tell.
 */
export async function findUsers(
  admin: string,
  username: string,
  context: LookupContext,
): Promise<readonly KeycloakUser[]> {
  // Keycloak answers such a name with status 400.
  if (username.includes("\0")) return [];
  const query = new URLSearchParams({
    username,
    exact: "true",
    // With the attributes.
    briefRepresentation: "false",
    max: "10",
  });
  const found = await get(`${admin}/users?${query}`, users, context);
  if (found.length === 0) await checkVisibility(admin, context);
  return found;
}

// A client that may query users (query-users) but not view them (view-users) gets an empty list,
// yet the right count.
async function checkVisibility(admin: string, context: LookupContext): Promise<void> {
  const visible = await get(`${admin}/users?max=1`, z.array(z.unknown()), context);
  if (visible.length > 0) return;
  const count = await get(`${admin}/users/count`, z.number(), context);
  if (count > 0) throw new StoreError(context.store, "misconfigured", LACKS_ROLE);
}

/**
 * Finds the names of a user's realm roles, including those from composite roles and from groups.
 *
 * @throws {StoreError} If Keycloak cannot tell.
 */
export async function findRoles(
  admin: string,
  id: string,
  context: LookupContext,
): Promise<readonly string[]> {
  const url = `${admin}/users/${encodeURIComponent(id)}/role-mappings/realm/composite`;
  return (await get(url, roles, context)).map((role) => role.name);
}

async function get<Value>(
  url: string,
  form: z.ZodType<Value>,
  context: LookupContext,
): Promise<Value> {
  const response = await fetchJson(url, { method: "GET" }, form, context);
  if (response.ok) return response.value;
  const { status } = response;
  throw new StatusError(context.store, status, status === 403 ? LACKS_ROLE : undefined);
}
