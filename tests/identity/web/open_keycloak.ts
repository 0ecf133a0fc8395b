/**
 * A Keycloak store with a fake realm behind it.
 *
 * @module
 */

import type { IdentityStore } from "../../../src/identity/port.ts";
import { keycloakSection, openKeycloakStore } from "../../../src/identity/web/keycloak.ts";
import {
  CLIENT_SECRET,
  type KeycloakAccount,
  KeycloakRealm,
} from "../../fakes/identity/web/keycloak_service.ts";
import { fetchTrusting } from "../../fakes/net/http_client.ts";
import { WebService } from "../../fakes/net/web_service.ts";
import { ManualClock } from "../../fakes/system/manual_clock.ts";

/** The request for a token. */
export const TOKEN = "POST /realms/my%20realm/protocol/openid-connect/token";
/** The request for users. */
export const USERS = "GET /admin/realms/my%20realm/users";
/** The request for the roles of the first user. */
export const ROLES: string = `${USERS}/id-0/role-mappings/realm/composite`;

/** A store of this service; `settings` are those of the section. */
export function openStore(
  service: WebService,
  clock: ManualClock,
  settings: object = {},
): IdentityStore {
  const section = keycloakSection.parse({
    enabled: true,
    url: service.url,
    realm: "my realm",
    clientId: "mxisd",
    clientSecret: CLIENT_SECRET,
    ...settings,
  });
  return openKeycloakStore(section, { fetch: fetchTrusting(), clock });
}

/** A store, and what is behind it. */
export interface OpenKeycloak extends AsyncDisposable {
  readonly realm: KeycloakRealm;
  readonly service: WebService;
  readonly clock: ManualClock;
  readonly store: IdentityStore;
}

/** A realm with these users, and a store that asks it. */
export function openKeycloak(
  accounts: readonly KeycloakAccount[],
  settings: object = {},
): OpenKeycloak {
  const realm = new KeycloakRealm(accounts);
  const service = new WebService(realm.handle);
  const clock = new ManualClock();
  return {
    realm,
    service,
    clock,
    store: openStore(service, clock, settings),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
