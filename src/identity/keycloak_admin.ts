/**
 * The questions to Keycloak's admin REST API.
 *
 * @module
 */

import { z } from "zod";
import { askForJson, type Exchange, refusal } from "./json_exchange.ts";
import { type KeycloakUser, keycloakUser } from "./keycloak_user.ts";
import { StoreError } from "./port.ts";

const users = z.array(keycloakUser);
const roles = z.array(z.object({ name: z.string() }));

/**
 * The users of a name; `refused` when the token is not accepted.
 *
 * @throws {StoreError} Whenever Keycloak cannot tell.
 */
export function findUsers(
  admin: string,
  username: string,
  exchange: Exchange,
): Promise<readonly KeycloakUser[] | "refused"> {
  const query = new URLSearchParams({
    username,
    exact: "true",
    // With the attributes.
    briefRepresentation: "false",
    max: "10",
  });
  return ask(`${admin}/users?${query}`, users, exchange);
}

/**
 * The names of a user's realm roles, those within other roles and by groups among them; `refused`
 * when the token is not accepted.
 *
 * @throws {StoreError} Whenever Keycloak cannot tell.
 */
export async function findRoles(
  admin: string,
  id: string,
  exchange: Exchange,
): Promise<readonly string[] | "refused"> {
  const url = `${admin}/users/${encodeURIComponent(id)}/role-mappings/realm/composite`;
  const found = await ask(url, roles, exchange);
  return found === "refused" ? found : found.map((role) => role.name);
}

async function ask<Answer>(
  url: string,
  form: z.ZodType<Answer>,
  exchange: Exchange,
): Promise<Answer | "refused"> {
  const result = await askForJson(url, { method: "GET" }, form, exchange);
  if ("answer" in result) return result.answer;
  const { status } = result;
  if (status === 401) return "refused";
  if (status === 403) {
    const reason = "the client's service account lacks the role view-users of realm-management";
    throw new StoreError(exchange.store, "misconfigured", `${reason} (status 403)`);
  }
  throw refusal(status, exchange.store);
}
