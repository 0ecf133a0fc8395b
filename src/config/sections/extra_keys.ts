/**
 * Keys that may be in the file although the settings do not have them: old names, keys of mxisd's
 * features that this service does not have, and keys for later versions.
 *
 * @module
 */

import { DIRECTORY_SECTIONS } from "./settings.ts";

/** Keys by their old names, with the key that they are called now. */
export const RENAMED_KEYS: readonly (readonly [old: string, now: string])[] = [
  ["matrix.listener.url", "appsvc.endpoint.toHS.url"], // mxisd 1.2
  ["matrix.listener.token.as", "appsvc.endpoint.toHS.token"],
  ["matrix.listener.token.hs", "appsvc.endpoint.toAS.token"],
  ["matrix.listener.localpart", "appsvc.user.main"],
  ["server.hostname", "server.host"], // ma1sd
  ["logging.app", "logging.level"],
];

/** The sections that may be `off`, each with the key below it that has this value then. */
export const OFF_SECTIONS: readonly (readonly [section: string, key: string])[] = [
  ["notify.digest", "window"],
];

/** The sections of directories, and each directory in a list of them. */
export const DIRECTORY_PATTERNS: readonly string[] = DIRECTORY_SECTIONS.flatMap((name) => [
  name,
  `${name}.directories.*`,
]);

/**
 * The keys of the identity server, and the parts of stores and notifications that served it; `*`
 * stands for any item of a list.
 */
export const IGNORED_KEYS: readonly string[] = [
  ...["key", "lookup", "session", "dns", "forward", "register", "directory", "auth", "invite"],
  ...DIRECTORY_PATTERNS.flatMap((section) =>
    ["auth", "directory", "identity", "lookup", "attribute.threepid.msisdn"]
      .map((key) => `${section}.${key}`)
  ),
  ...["view", "hashing", "bulk", "policy", "internal", "account", "spring", "recursive"],
  ...["matrix.identity", "matrix.v1", "matrix.v2"],
  ...["synapseSql.auth", "synapseSql.directory", "synapseSql.identity", "synapseSql.lookup"],
  ...["sql.auth", "sql.directory", "sql.identity", "sql.lookup", "wordpress.sql.query"],
  "wordpress.rest.credential",
  ...["synapseSql.legacyRoomNames", "rest.endpoints.auth", "rest.endpoints.directory"],
  // mxisd's documentation has an example with env in this section, where mxisd ignored it.
  ...[
    "exec.priority",
    "exec.hashLookup",
    "exec.auth",
    "exec.directory",
    "exec.identity",
    "exec.env",
  ],
  ...["exec.token.password", "exec.token.medium", "exec.token.address", "exec.token.type"],
  ...["exec.token.query", "exec.profile.displayName.output.template"],
  ...["exec.profile.threePid.output.template", "exec.profile.role.output.template"],
  ...["rest.endpoints.identity", "memory.identities.*.password", "memory.hashEnabled"],
  ...["threepid.medium.msisdn", "threepid.medium.email.generators.template.invite"],
  ...["threepid.medium.email.generators.template.session", "notification.handler.msisdn"],
  ...["invite", "session"].map((name) => `notification.handlers.sendgrid.templates.${name}`),
  ...["logging.pattern", "logging.file", "logging.requests"],
  // Of ma1sd's pool of connections.
  ...["pool", "maxConnectionsFree", "maxConnectionAgeMillis", "checkConnectionsEveryMillis"]
    .map((key) => `storage.provider.postgresql.${key}`),
  "storage.provider.postgresql.testBeforeGetFromPool",
];

/** A key that a later version will read. */
export interface ReservedKey {
  readonly key: string;
  /** What asks for the feature: the key itself, or certain values of it. */
  readonly when: "given" | readonly string[];
  /** An error unless it says otherwise. */
  readonly severity?: "notice" | undefined;
  /** What to do until then, unless it is to remove the key. */
  readonly advice?: string | undefined;
}

/** The keys that later versions will read. A key that becomes a setting is removed here. */
export const RESERVED_KEYS: readonly ReservedKey[] = [
  { key: "appsvc.feature.admin.enabled", when: ["true", "yes", "on"], severity: "notice" },
  { key: "appsvc.feature.admin.allowedRoles", when: "given", severity: "notice" },
];
