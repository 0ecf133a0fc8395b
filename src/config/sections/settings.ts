/**
 * The settings: everything that the configuration can say, in the order that it is printed in.
 *
 * @module
 */

import { z } from "zod";
import { execSection } from "../../identity/exec/section.ts";
import { ldapSection } from "../../identity/ldap/section.ts";
import { memorySection } from "../../identity/memory/store.ts";
import { sqlSection } from "../../identity/sql/store.ts";
import { synapseSqlSection } from "../../identity/sql/synapse_sql.ts";
import { wordpressSection } from "../../identity/sql/wordpress.ts";
import { firebaseSection } from "../../identity/web/firebase.ts";
import { keycloakSection } from "../../identity/web/keycloak.ts";
import { masSection } from "../../identity/web/mas.ts";
import { restSection } from "../../identity/web/rest.ts";
import { scimSection } from "../../identity/web/scim.ts";
import { synapseAdminSection } from "../../identity/web/synapse_admin.ts";
import { appsvcSection } from "./appsvc.ts";
import { loggingSection } from "./logging.ts";
import { matrixSection } from "./matrix.ts";
import { notificationSection } from "./notification.ts";
import { notifySection } from "./notify.ts";
import { serverSection } from "./server.ts";
import { storageSection } from "./storage.ts";
import { threepidSection } from "./threepid.ts";
import { tlsSection } from "./tls.ts";

/** The sections of the identity stores by their names. */
export const storeSections = {
  memory: memorySection.prefault({}).describe("People who are written down right here."),
  synapseSql: synapseSqlSection.prefault({}).describe("People who are in Synapse's own database."),
  synapseAdmin: synapseAdminSection.prefault({}).describe("People whom Synapse's admin API knows."),
  sql: sqlSection.prefault({}).describe("People who are in a database of your own."),
  rest: restSection.prefault({}).describe("People whom a web service of your own knows."),
  ldap: ldapSection.prefault({}).describe("People in directories that speak LDAP."),
  netiq: ldapSection.prefault({}).describe("People in NetIQ eDirectory, which speaks LDAP."),
  exec: execSection.prefault({}).describe("People whom programs of your own know."),
  wordpress: wordpressSection.prefault({}).describe("People who are users of a WordPress."),
  mas: masSection.prefault({}).describe(
    "People who have an account in Matrix Authentication Service.",
  ),
  keycloak: keycloakSection.prefault({}).describe("People who have an account in Keycloak."),
  firebase: firebaseSection.prefault({}).describe("People who have an account in Firebase."),
  scim: scimSection.prefault({}).describe("People whom a service knows that speaks SCIM 2.0."),
};

/** The name of an identity store, which is its section's. */
export type StoreName = keyof typeof storeSections;

/** The sections that may have several directories. */
export const DIRECTORY_SECTIONS = ["ldap", "netiq"] as const;

/** The whole configuration, in the layout of mxisd 1.3 and later. */
export const settingsSchema = z.strictObject({
  matrix: matrixSection,
  appsvc: appsvcSection,
  server: serverSection,
  storage: storageSection,
  ...storeSections,
  threepid: threepidSection,
  notification: notificationSection,
  notify: notifySection,
  tls: tlsSection,
  logging: loggingSection,
});

/** The settings with all defaults filled in. */
export type Settings = z.output<typeof settingsSchema>;

/** The switches of a store. */
interface Switches {
  readonly enabled: boolean;
  readonly profile?: { readonly enabled: boolean };
  readonly directories?: readonly Switches[];
}

/**
 * Whether a store is asked about people. mxisd has a switch for a store, and in some of them another
 * for the profiles alone; of several directories each has its own.
 */
export function isEnabled({ enabled, profile, directories = [] }: Switches): boolean {
  if (!enabled || !(profile?.enabled ?? true)) return false;
  return directories.length === 0 || directories.some(isEnabled);
}
