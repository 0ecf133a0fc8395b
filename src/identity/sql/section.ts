/**
 * What the sections of all stores in databases have in common.
 *
 * @module
 */

import { z } from "zod";
import type { ConnectionString } from "../../settings/connection_string.ts";
import { choice, flag, text } from "../../settings/kinds.ts";
import { countPlaceholders } from "./placeholder.ts";
import type { DatabaseType } from "./port.ts";
import { readServerAddress } from "./server_address.ts";

/** How a database is reached, as a section has it. */
export interface DatabaseSettings {
  /** Whether people are looked up in it. */
  readonly enabled: boolean;
  /** What kind of database it is. */
  readonly type?: DatabaseType | undefined;
  /** Where it is. */
  readonly connection?: ConnectionString | undefined;
}

/** A query of the administrator's own, perhaps empty, which counts as none. */
export function query(): z.ZodOptional<z.ZodType<string>> {
  return text().optional();
}

/** The part `profile` of a section; the texts tell what each query is for. */
export function profileSection(
  about: { readonly displayName: string; readonly threepid: string; readonly role: string },
) {
  return {
    enabled: flag().default(true).describe("Whether to look people up in this database."),
    displayName: z.strictObject({ query: query().describe(about.displayName) }).prefault({})
      .describe("The person's name."),
    threepid: z.strictObject({ query: query().describe(about.threepid) }).prefault({})
      .describe("The person's mail addresses."),
    role: z.strictObject({
      type: choice(["mxid", "localpart"]).default("mxid")
        .describe("What ? is in the query: mxid, the full Matrix ID, or localpart."),
      query: query().describe(about.role),
    }).prefault({}).describe("The person's roles."),
  };
}

/** Tells what is missing or wrong in how the database is reached, of a store that is enabled. */
export function checkConnection(
  store: string,
  keys: readonly string[],
  settings: DatabaseSettings,
  context: z.RefinementCtx,
): void {
  if (!settings.enabled) return;
  const { type, connection } = settings;
  const report = (key: string, message: string) =>
    context.addIssue({ code: "custom", path: [...keys, key], message });
  const missing = `is missing: ${store}.enabled needs it`;
  if (type === undefined) report("type", missing);
  if (!connection?.reveal()) return report("connection", missing);
  if (type === undefined || type === "sqlite") return;
  const read = readServerAddress(connection.reveal(), type);
  if (read.kind === "wrong") report("connection", read.problem);
}

/** Tells of each query that does not take one value. */
export function checkQueries(
  type: DatabaseType | undefined,
  queries: Readonly<Record<string, string | undefined>>,
  context: z.RefinementCtx,
): void {
  for (const [name, sql = ""] of Object.entries(queries)) {
    if (sql.trim() === "" || countPlaceholders(sql, type ?? "sqlite") === 1) continue;
    const message = "expected a query with exactly one ?, which stands for the user" +
      (type === "postgresql" ? "; the operator ? is written ??" : "");
    context.addIssue({ code: "custom", path: ["profile", name, "query"], message });
  }
}
