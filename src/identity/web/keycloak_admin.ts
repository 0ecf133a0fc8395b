/**
 * The questions to Keycloak's admin REST API.
 *
 * @module
 */

import { z } from "zod";
import { StoreError } from "../port.ts";
import { askForJson, type Exchange, refusal } from "./json_exchange.ts";
import { type KeycloakUser, keycloakUser } from "./keycloak_user.ts";

const users = z.array(keycloakUser);
const roles = z.array(z.object({ name: z.string() }));

const LACK_OF_RIGHTS = "the client's service account lacks the role view-users";

/**
 * The users of a name; `refused` when the token is not accepted.
 *
 * @throws {StoreError} Whenever Keycloak cannot tell.
 */
export async function findUsers(
  admin: string,
  username: string,
  exchange: Exchange,
): Promise<readonly KeycloakUser[] | "refused"> {
  // It refuses to be asked for such a name, with status 400.
  if (username.includes("\0")) return [];
  const query = new URLSearchParams({
    username,
    exact: "true",
    // With the attributes.
    briefRepresentation: "false",
    max: "10",
  });
  const found = await ask(`${admin}/users?${query}`, users, exchange);
  if (found === "refused" || found.length > 0) return found;
  const sight = await checkSight(admin, exchange);
  return sight === "refused" ? sight : found;
}

// Who may ask for users (query-users), but not see them (view-users), is told that there are none,
// and yet how many there are.
async function checkSight(admin: string, exchange: Exchange): Promise<"refused" | undefined> {
  const seen = await ask(`${admin}/users?max=1`, z.array(z.unknown()), exchange);
  if (seen === "refused") return seen;
  if (seen.length > 0) return undefined;
  const count = await ask(`${admin}/users/count`, z.number(), exchange);
  if (count === "refused") return count;
  if (count > 0) throw new StoreError(exchange.store, "misconfigured", LACK_OF_RIGHTS);
  return undefined;
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
    throw new StoreError(exchange.store, "misconfigured", `${LACK_OF_RIGHTS} (status 403)`);
  }
  throw refusal(status, exchange.store);
}
