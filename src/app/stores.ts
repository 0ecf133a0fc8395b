/**
 * Opens what people and rooms are looked up in.
 *
 * @module
 */

import type { Settings, StoreName } from "../config/sections/settings.ts";
import { askKnowledge } from "../identity/asked_knowledge.ts";
import { openExecStore } from "../identity/exec/store.ts";
import { type JoinedStores, type JoinOptions, joinStores } from "../identity/joined_stores.ts";
import type { AskedKnowledge, KnowledgeSource } from "../identity/knowledge.ts";
import { openLdapStores } from "../identity/ldap/store.ts";
import { openMemoryStore } from "../identity/memory/store.ts";
import type { IdentityStore, RoomDirectory } from "../identity/port.ts";
import { openSqlStore } from "../identity/sql/store.ts";
import { openSynapseKnowledge } from "../identity/sql/synapse_knowledge.ts";
import { openSynapseRooms } from "../identity/sql/synapse_rooms.ts";
import { openSynapseSqlStore } from "../identity/sql/synapse_sql.ts";
import { openWordpressStore } from "../identity/sql/wordpress.ts";
import { openClientKnowledge } from "../identity/web/client_knowledge.ts";
import { openFirebaseStore } from "../identity/web/firebase.ts";
import { openKeycloakStore } from "../identity/web/keycloak.ts";
import { openMasStore } from "../identity/web/mas.ts";
import { openRestStore } from "../identity/web/rest.ts";
import { openScimStore } from "../identity/web/scim.ts";
import { openSynapseAdminStore } from "../identity/web/synapse_admin.ts";
import type { Platform } from "./platform.ts";

/** The identity stores that are enabled, in the order of the configuration. */
export function openStores(
  settings: Settings,
  order: readonly StoreName[],
  platform: Platform,
): readonly IdentityStore[] {
  const { domain } = settings.matrix;
  const directories = { domain, ...platform };
  const databases = { ...platform, domain, timeout: settings.notify.lookup.timeout };
  const openers: Readonly<Record<StoreName, () => IdentityStore | readonly IdentityStore[]>> = {
    memory: () => openMemoryStore(settings.memory, { domain, clock: platform.clock }),
    synapseSql: () => openSynapseSqlStore(settings.synapseSql, databases),
    synapseAdmin: () => openSynapseAdminStore(settings.synapseAdmin, directories),
    sql: () => openSqlStore(settings.sql, databases),
    wordpress: () => openWordpressStore(settings.wordpress, databases),
    rest: () => openRestStore(settings.rest, platform),
    ldap: () => openLdapStores(settings.ldap, "ldap", directories),
    netiq: () => openLdapStores(settings.netiq, "netiq", directories),
    exec: () => openExecStore(settings.exec, platform),
    mas: () => openMasStore(settings.mas, platform),
    keycloak: () => openKeycloakStore(settings.keycloak, platform),
    firebase: () => openFirebaseStore(settings.firebase, platform),
    scim: () => openScimStore(settings.scim, platform),
  };
  return order.flatMap((name) => openers[name]());
}

/** The identity stores as one, which disposes of them. */
export function joinPeople(
  settings: Settings,
  stores: readonly IdentityStore[],
  { clock }: Pick<Platform, "clock">,
  onLookup?: JoinOptions["onLookup"],
): JoinedStores {
  const { timeout, keep, incomplete } = settings.notify.lookup;
  return joinStores(stores, { clock, deadline: timeout, keep, incomplete, onLookup });
}

/** Opens the names of rooms: Synapse's database, also when people are not looked up in it. */
export function openRooms({ synapseSql }: Settings): RoomDirectory | undefined {
  const { type, connection } = synapseSql;
  const file = connection?.reveal();
  return type === "sqlite" && file ? openSynapseRooms(file) : undefined;
}

/** Opens what the homeserver knows about people; `undefined` if it is not to be asked. */
export function openKnowledge(settings: Settings, platform: Platform): AskedKnowledge | undefined {
  const source = knowledgeSource(settings, platform);
  const { timeout: deadline } = settings.notify.lookup;
  return source && askKnowledge(source, { clock: platform.clock, deadline });
}

function knowledgeSource(
  { notify, appsvc, synapseSql }: Settings,
  platform: Platform,
): KnowledgeSource | undefined {
  const { url, token } = appsvc.endpoint.toHS;
  switch (notify.homeserver) {
    case "off":
      return undefined;
    case "api":
      // The configuration's check requires the token.
      return token && openClientKnowledge({ ...platform, url, asToken: token });
    case "database":
      return openSynapseKnowledge(synapseSql, { ...platform, timeout: notify.lookup.timeout });
  }
}
