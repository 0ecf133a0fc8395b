/**
 * The settings: the schema of the whole configuration, in the order in which it is printed.
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
import { doctorSection } from "./doctor.ts";
import { loggingSection } from "./logging.ts";
import { matrixSection } from "./matrix.ts";
import { monitoringSection } from "./monitoring.ts";
import { notificationSection } from "./notification.ts";
import { notifySection } from "./notify.ts";
import { serverSection } from "./server.ts";
import { storageSection } from "./storage.ts";
import { threepidSection } from "./threepid.ts";
import { tlsSection } from "./tls.ts";

/** The sections of the identity stores by their names. */
export const storeSections = {
  memory: memorySection.prefault({}).describe(
    "People who are listed in the configuration or in a file.",
  ),
  synapseSql: synapseSqlSection.prefault({}).describe("People in Synapse's own database."),
  synapseAdmin: synapseAdminSection.prefault({}).describe("People in Synapse's admin API."),
  sql: sqlSection.prefault({}).describe("People in a database of your own."),
  rest: restSection.prefault({}).describe("People in a web service of your own."),
  ldap: ldapSection.prefault({}).describe("People in LDAP directories."),
  netiq: ldapSection.prefault({}).describe("People in NetIQ eDirectory, an LDAP directory."),
  exec: execSection.prefault({}).describe("People that programs of your own look up."),
  wordpress: wordpressSection.prefault({}).describe("Users of WordPress."),
  mas: masSection.prefault({}).describe(
    "Accounts in Matrix Authentication Service.",
  ),
  keycloak: keycloakSection.prefault({}).describe("Accounts in Keycloak."),
  firebase: firebaseSection.prefault({}).describe("Accounts in Firebase."),
  scim: scimSection.prefault({}).describe("People in a SCIM 2.0 service."),
};

/** The name of an identity store: that of its section. */
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
  monitoring: monitoringSection.prefault({}),
  tls: tlsSection,
  logging: loggingSection,
  doctor: doctorSection,
});

/** The settings with all defaults filled in. */
export type Settings = z.output<typeof settingsSchema>;

/** The switches of a store. */
interface Switches {
  readonly enabled: boolean;
  readonly profile?: { readonly enabled: boolean } | undefined;
  readonly directories?: readonly Switches[] | undefined;
}

/**
 * Whether people are looked up in a store. mxisd has a switch for a store, in some stores another one
 * for profiles, and one for each of several directories.
 */
export function isEnabled({ enabled, profile, directories = [] }: Switches): boolean {
  if (!enabled || !(profile?.enabled ?? true)) return false;
  return directories.length === 0 || directories.some(isEnabled);
}
