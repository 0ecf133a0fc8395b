/**
 * Checks the databases on servers: that people are looked up in, and the outbox.
 *
 * @module
 */

import { readServerAddress, type ServerAddress } from "../../database/server_address.ts";
import { isLoopback } from "../../domain/loopback.ts";
import type { DatabaseSettings } from "../../identity/sql/section.ts";
import { obsoleteQueries } from "../../identity/sql/synapse_sql.ts";
import { type ConnectionString, namesServer } from "../../settings/connection_string.ts";
import { quoted } from "../../text/printable.ts";
import type { Settings } from "../sections/settings.ts";
import { postgresqlAddress } from "../sections/storage.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import type { Path } from "../source/positions.ts";
import type { Report } from "../source/report.ts";

/** Checks the databases of all stores. */
export function checkDatabases(
  { synapseSql, sql, wordpress, notify, storage }: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  if (synapseSql) {
    for (const { key, advice } of obsoleteQueries(synapseSql)) {
      report.add("warning", ["synapseSql", ...key], advice);
    }
    const enabled = synapseSql.enabled || notify?.homeserver === "database";
    checkDatabase(["synapseSql"], { ...synapseSql, enabled }, report, environment);
  }
  if (storage?.backend === "postgresql") {
    const read = postgresqlAddress(storage.provider.postgresql);
    if (read.kind === "address") {
      checkServer(["storage", "provider", "postgresql", "database"], read.address, report);
    }
  }
  if (sql?.enabled) checkDatabase(["sql"], sql, report, environment);
  if (wordpress?.enabled) {
    checkDatabase(["wordpress", "sql"], { enabled: true, ...wordpress.sql }, report, environment);
  }
}

function checkDatabase(
  section: Path,
  { enabled, type, connection }: DatabaseSettings,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const path = [...section, "connection"];
  if (!connection?.reveal()) return;
  if (type === "sqlite") return checkFile(path, connection, report, environment);
  if (!enabled) {
    const message = "room names are not read from PostgreSQL: invitations contain them";
    report.add("notice", path, message);
    return;
  }
  const read = type && readServerAddress(connection.reveal(), type);
  if (read?.kind === "address") checkServer(path, read.address, report);
}

function checkServer(
  path: Path,
  { endpoints, tls, unusedCertificates }: ServerAddress,
  report: Report,
): void {
  for (const name of unusedCertificates) {
    const message = `${quoted(name)} is ignored: name the authority's certificate in tls.ca`;
    report.add("warning", path, message);
  }
  const isElsewhere = endpoints.some(({ host }) => !isLoopback(host));
  if (isElsewhere && (tls === "off" || tls === "prefer")) {
    const message = "the server's identity is not verified, and its replies can be read on the " +
      "network: add sslmode=verify-full";
    report.add("warning", path, message);
  }
}

function checkFile(
  path: Path,
  connection: ConnectionString,
  report: Report,
  environment: ConfigEnvironment,
): void {
  const file = connection.reveal();
  if (namesServer(file)) {
    report.add("error", path, "names a server: type sqlite expects the path of a file");
  } else if (!environment.exists(file)) {
    report.add("warning", path, `the file ${quoted(file)} does not exist`);
  }
}
