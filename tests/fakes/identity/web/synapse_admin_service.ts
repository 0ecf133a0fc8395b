/**
 * A fake of Synapse's admin API, for lookups of one account.
 *
 * @module
 */

import assert from "node:assert/strict";
import { WebService } from "../../net/web_service.ts";

/** The access token of the administrator. */
export const ADMIN_TOKEN = "syt_YWRtaW4_s3cret";

/** An account, with the fields that differ from the default; `name` is the full Matrix ID. */
export type SynapseAccount = { readonly name: string } & Readonly<Record<string, unknown>>;

/** An error of the Matrix specification. */
export function matrixError(status: number, errcode: string): Response {
  return Response.json({ errcode, error: `a sentence about ${errcode}` }, { status });
}

/** Starts the API of the homeserver example.org with these accounts. */
export function synapseAdminService(accounts: readonly SynapseAccount[]): WebService {
  return new WebService(({ line, query, headers, body }) => {
    const [, segment] = /^GET \/_synapse\/admin\/v2\/users\/([^/]*)$/.exec(line) ?? [];
    assert.ok(segment !== undefined, line);
    assert.deepEqual(query, {});
    assert.equal(body, "");
    assert.equal(headers.get("accept"), "application/json");
    assert.equal(headers.get("content-type"), null);
    if (headers.get("authorization") !== `Bearer ${ADMIN_TOKEN}`) {
      return matrixError(401, "M_UNKNOWN_TOKEN");
    }
    const user = decodeURIComponent(segment);
    if (!user.endsWith(":example.org")) return matrixError(400, "M_UNKNOWN");
    const account = accounts.find(({ name }) => name === user);
    if (!account) return matrixError(404, "M_NOT_FOUND");
    return Response.json({
      admin: false,
      deactivated: false,
      locked: false,
      shadow_banned: false,
      creation_ts: 1_767_225_600,
      appservice_id: null,
      consent_server_notice_sent: null,
      consent_version: null,
      consent_ts: null,
      user_type: null,
      is_guest: false,
      suspended: false,
      displayname: null,
      avatar_url: null,
      threepids: [],
      external_ids: [],
      erased: false,
      last_seen_ts: 0,
      ...account,
    });
  });
}

/** An email address in the API's form. */
export function emailThreepid(address: string): object {
  return { medium: "email", address, validated_at: 1_767_225_600_000, added_at: 1_767_225_600_000 };
}
