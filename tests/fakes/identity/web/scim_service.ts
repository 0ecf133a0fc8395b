/**
 * A fake of a SCIM service (RFC 7644), for searches of users.
 *
 * @module
 */

import assert from "node:assert/strict";
import { WebService } from "../../net/web_service.ts";

/** A user resource of the service. */
export type ScimResource = { readonly userName: string } & Readonly<Record<string, unknown>>;

/** The token that the service requires. */
export const SCIM_TOKEN = "sc1m-s3cret-token";

/** The response to a search (RFC 7644, section 3.4.2). */
export function listResponse(resources: readonly unknown[]): Response {
  return new Response(
    JSON.stringify({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
      totalResults: resources.length,
      startIndex: 1,
      itemsPerPage: resources.length,
      // Optional without a match.
      ...(resources.length === 0 ? {} : { Resources: resources }),
    }),
    { headers: { "content-type": "application/scim+json" } },
  );
}

/** A service below /scim/v2 with these users. It ignores case in names, as the RFC says. */
export function scimService(users: readonly ScimResource[]): WebService {
  return new WebService(({ line, query, headers, body }) => {
    assert.equal(line, "GET /scim/v2/Users");
    assert.equal(body, "");
    assert.equal(headers.get("authorization"), `Bearer ${SCIM_TOKEN}`);
    assert.equal(headers.get("accept"), "application/scim+json, application/json");
    assert.deepEqual(Object.keys(query), ["filter", "attributes"]);
    const attributes = query.attributes?.split(",") ?? [];
    assert.ok(attributes.includes("userName") && attributes.includes("emails"));
    const [, literal = ""] = /^userName eq (".*")$/s.exec(query.filter ?? "") ?? [];
    const name: unknown = JSON.parse(literal);
    assert.ok(typeof name === "string");
    const found = users.filter((user) => user.userName.toLowerCase() === name.toLowerCase());
    return listResponse(found.map((user) => ({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      id: crypto.randomUUID(),
      meta: { resourceType: "User" },
      ...Object.fromEntries(Object.entries(user).filter(([key]) => attributes.includes(key))),
    })));
  });
}
