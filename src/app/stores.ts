/**
 * Opens what people and rooms are looked up in.
 *
 * @module
 */

import type { Settings, StoreName } from "../config/sections/settings.ts";
import { askKnowledge } from "../identity/asked_knowledge.ts";
import { type JoinedStores, type JoinOptions, joinStores } from "../identity/joined_stores.ts";
import type { AskedKnowledge, KnowledgeSource } from "../identity/knowledge.ts";
import type { IdentityStore, RoomDirectory } from "../identity/port.ts";
import type { Platform } from "./platform.ts";

/** Opens the stores of a section. */
type OpenStores = () => IdentityStore | readonly IdentityStore[];

/** The identity stores that are enabled, in the order of the configuration; only they are loaded. */
export async function openStores(
  settings: Settings,
  order: readonly StoreName[],
  platform: Platform,
): Promise<readonly IdentityStore[]> {
  const loaded = await Promise.all(order.map((name) => loadStore(name, settings, platform)));
  return loaded.flatMap((open) => open());
}

async function loadStore(
  name: StoreName,
  settings: Settings,
  platform: Platform,
): Promise<OpenStores> {
  const { domain } = settings.matrix;
  const directories = { domain, ...platform };
  const databases = { ...platform, domain, timeout: settings.notify.lookup.timeout };
  switch (name) {
    case "memory": {
      const { openMemoryStore } = await import("../identity/memory/store.ts");
      return () => openMemoryStore(settings.memory, { domain, clock: platform.clock });
    }
    case "synapseSql": {
      const { openSynapseSqlStore } = await import("../identity/sql/synapse_sql.ts");
      return () => openSynapseSqlStore(settings.synapseSql, databases);
    }
    case "synapseAdmin": {
      const { openSynapseAdminStore } = await import("../identity/web/synapse_admin.ts");
      return () => openSynapseAdminStore(settings.synapseAdmin, directories);
    }
    case "sql": {
      const { openSqlStore } = await import("../identity/sql/store.ts");
      return () => openSqlStore(settings.sql, databases);
    }
    case "wordpress": {
      const { openWordpressStore } = await import("../identity/sql/wordpress.ts");
      return () => openWordpressStore(settings.wordpress, databases);
    }
    case "rest": {
      const { openRestStore } = await import("../identity/web/rest.ts");
      return () => openRestStore(settings.rest, platform);
    }
    case "ldap":
    case "netiq": {
      const { openLdapStores } = await import("../identity/ldap/store.ts");
      return () => openLdapStores(settings[name], name, directories);
    }
    case "exec": {
      const { openExecStore } = await import("../identity/exec/store.ts");
      return () => openExecStore(settings.exec, platform);
    }
    case "mas": {
      const { openMasStore } = await import("../identity/web/mas.ts");
      return () => openMasStore(settings.mas, platform);
    }
    case "keycloak": {
      const { openKeycloakStore } = await import("../identity/web/keycloak.ts");
      return () => openKeycloakStore(settings.keycloak, platform);
    }
    case "firebase": {
      const { openFirebaseStore } = await import("../identity/web/firebase.ts");
      return () => openFirebaseStore(settings.firebase, platform);
    }
    case "scim": {
      const { openScimStore } = await import("../identity/web/scim.ts");
      return () => openScimStore(settings.scim, platform);
    }
  }
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
export async function openRooms({ synapseSql }: Settings): Promise<RoomDirectory | undefined> {
  const { type, connection } = synapseSql;
  const file = connection?.reveal();
  if (type !== "sqlite" || !file) return undefined;
  const { openSynapseRooms } = await import("../identity/sql/synapse_rooms.ts");
  return openSynapseRooms(file);
}

/** Opens what the homeserver knows about people; `undefined` if it is not to be asked. */
export async function openKnowledge(
  settings: Settings,
  platform: Platform,
): Promise<AskedKnowledge | undefined> {
  const source = await knowledgeSource(settings, platform);
  const { timeout: deadline } = settings.notify.lookup;
  return source && askKnowledge(source, { clock: platform.clock, deadline });
}

async function knowledgeSource(
  { notify, appsvc, synapseSql }: Settings,
  platform: Platform,
): Promise<KnowledgeSource | undefined> {
  const { url, token } = appsvc.endpoint.toHS;
  switch (notify.homeserver) {
    case "off":
      return undefined;
    case "api": {
      const { openClientKnowledge } = await import("../identity/web/client_knowledge.ts");
      // The configuration's check requires the token.
      return token && openClientKnowledge({ ...platform, url, asToken: token });
    }
    case "database": {
      const { openSynapseKnowledge } = await import("../identity/sql/synapse_knowledge.ts");
      return openSynapseKnowledge(synapseSql, { ...platform, timeout: notify.lookup.timeout });
    }
  }
}
