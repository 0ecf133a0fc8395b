/**
 * A fake of a homeserver's client API, as far as it tells a service about people.
 *
 * @module
 */

import assert from "node:assert/strict";
import { WebService } from "../../net/web_service.ts";
import { matrixError } from "./synapse_admin_service.ts";

/** The registration's as_token. */
export const AS_TOKEN = "as_9sDk2LmQpX7vRb4T";

/** A user of the homeserver. */
export interface ClientUser {
  readonly id: string;
  readonly accountData?: Readonly<Record<string, unknown>>;
  /** What the presence of the user is; without one, it answers 404. */
  readonly presence?: unknown;
  readonly devices?: readonly unknown[];
  /** The error code of all requests on the user's behalf. */
  readonly errcode?: string;
}

/** Starts the API of a homeserver with these users, who may be added later. */
export function clientApi(users: readonly ClientUser[]): WebService {
  return new WebService(({ line, query, headers, body }) => {
    assert.equal(body, "");
    if (headers.get("authorization") !== `Bearer ${AS_TOKEN}`) {
      return matrixError(401, "M_UNKNOWN_TOKEN");
    }
    assert.deepEqual(Object.keys(query), ["user_id"]);
    const user = users.find(({ id }) => id === query.user_id);
    if (user === undefined) return matrixError(403, "M_FORBIDDEN");
    if (user.errcode !== undefined) return matrixError(403, user.errcode);
    const path = line.replace("GET /_matrix/client/v3/", "");
    const [, owner = "", type = ""] = /^user\/([^/]*)\/account_data\/([^/]*)$/.exec(path) ?? [];
    if (owner !== "") {
      assert.equal(decodeURIComponent(owner), user.id);
      return found(user.accountData?.[type]);
    }
    if (path === "devices") return found({ devices: user.devices ?? [] });
    const [, watched = ""] = /^presence\/([^/]*)\/status$/.exec(path) ?? [];
    assert.equal(decodeURIComponent(watched), user.id, line);
    return found(user.presence);
  });
}

function found(content: unknown): Response {
  return content === undefined ? matrixError(404, "M_NOT_FOUND") : Response.json(content);
}
