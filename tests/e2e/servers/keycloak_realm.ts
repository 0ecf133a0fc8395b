/**
 * Realms of a real Keycloak, with a client that may look up their users.
 *
 * @module
 */

import type { Keycloak } from "./keycloak.ts";

/** The client of each realm. */
export const CLIENT = { clientId: "appservice-mxisd", clientSecret: "kc s3cret+/%:=ä" };

/** A user as a realm's import takes one (UserRepresentation). */
export type KeycloakUpload = { readonly username: string } & Readonly<Record<string, unknown>>;

/** The contents of a realm. */
export interface RealmOptions {
  /** Its name. */
  readonly name: string;
  /** Its users. */
  readonly users: readonly KeycloakUpload[];
  /** The attributes that its user profile has beside those of every realm. */
  readonly attributes?: readonly string[];
  /** The roles of `realm-management` that the client's service account has. */
  readonly rights?: readonly string[];
  /** More of its settings (RealmRepresentation). */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Creates a realm, and replaces one of the same name. */
export async function replaceRealm(keycloak: Keycloak, options: RealmOptions): Promise<void> {
  const { name: realm, users, settings } = options;
  if (await exists(keycloak, realm)) await keycloak.administer("DELETE", pathOf(realm));
  const account = {
    username: `service-account-${CLIENT.clientId}`,
    enabled: true,
    serviceAccountClientId: CLIENT.clientId,
    clientRoles: { "realm-management": options.rights ?? ["view-users"] },
  };
  await keycloak.administer("POST", "", {
    realm,
    enabled: true,
    components: profileOf(options.attributes ?? []),
    clients: [machineClient()],
    users: [account, ...users.map((user) => ({ enabled: true, ...user }))],
    ...settings,
  });
}

/** Replaces all users of a realm but the client's service account. */
export async function replaceUsers(
  keycloak: Keycloak,
  realm: string,
  users: readonly KeycloakUpload[],
): Promise<void> {
  const path = pathOf(realm);
  const old = await keycloak.administer("GET", `${path}/users?max=1000`);
  for (const { id } of old as readonly Identified[]) {
    await keycloak.administer("DELETE", `${path}/users/${id}`);
  }
  await keycloak.administer("POST", `${path}/partialImport`, {
    ifResourceExists: "FAIL",
    users: users.map((user) => ({ enabled: true, ...user })),
  });
}

/** Changes the settings of a realm. */
export async function changeRealm(
  keycloak: Keycloak,
  realm: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  await keycloak.administer("PUT", pathOf(realm), settings);
}

/**
 * Creates the client in the realm `master`. If a realm is named, the client's service account gets
 * the role `view-users` of it.
 */
export async function addToMaster(keycloak: Keycloak, realm?: string): Promise<void> {
  const clients = "/master/clients";
  const idOf = async (name: string) => {
    const path = `${clients}?clientId=${encodeURIComponent(name)}`;
    const [found] = await keycloak.administer("GET", path) as readonly Identified[];
    return found?.id;
  };
  if (await idOf(CLIENT.clientId) === undefined) {
    await keycloak.administer("POST", clients, machineClient());
  }
  if (realm === undefined) return;
  const own = await idOf(CLIENT.clientId);
  const foreign = await idOf(`${realm}-realm`);
  const user = await keycloak.administer("GET", `${clients}/${own}/service-account-user`);
  const role = await keycloak.administer("GET", `${clients}/${foreign}/roles/view-users`);
  const path = `/master/users/${(user as Identified).id}/role-mappings/clients/${foreign}`;
  await keycloak.administer("POST", path, [role]);
}

interface Identified {
  readonly id: string;
}

function pathOf(realm: string): string {
  return `/${encodeURIComponent(realm)}`;
}

// As in the documentation: it can only log in as itself.
function machineClient(): object {
  return {
    clientId: CLIENT.clientId,
    secret: CLIENT.clientSecret,
    publicClient: false,
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    directAccessGrantsEnabled: false,
  };
}

async function exists(keycloak: Keycloak, realm: string): Promise<boolean> {
  const realms = await keycloak.administer("GET", "") as readonly { readonly realm: string }[];
  return realms.some((one) => one.realm === realm);
}

// The user profile: an attribute that it does not list is not even returned.
function profileOf(attributes: readonly string[]): object {
  const everybody = { view: ["admin", "user"], edit: ["admin", "user"] };
  const administrators = { view: ["admin"], edit: ["admin"] };
  const profile = {
    attributes: [
      ...["username", "email", "firstName", "lastName"].map((name) => ({
        name,
        permissions: everybody,
      })),
      ...attributes.map((name) => ({ name, multivalued: true, permissions: administrators })),
    ],
  };
  return {
    "org.keycloak.userprofile.UserProfileProvider": [{
      providerId: "declarative-user-profile",
      config: { "kc.user.profile.config": [JSON.stringify(profile)] },
    }],
  };
}
