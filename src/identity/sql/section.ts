/**
 * The settings that all stores in databases share.
 *
 * @module
 */

import { z } from "zod";
import { readServerAddress } from "../../database/server_address.ts";
import type { ConnectionString } from "../../settings/connection_string.ts";
import { choice, flag, text } from "../../settings/kinds.ts";
import { describePlaceholder } from "../../settings/plain_value.ts";
import { foreignPlaceholder } from "../../text/foreign_placeholder.ts";
import { countPlaceholders } from "./placeholder.ts";
import type { DatabaseType } from "./port.ts";

/** The settings that specify a database. */
export interface DatabaseSettings {
  readonly enabled: boolean;
  readonly type?: DatabaseType | undefined;
  readonly connection?: ConnectionString | undefined;
}

/** A custom query. An empty one counts as absent. */
export function query(): z.ZodOptional<z.ZodType<string>> {
  return text().optional();
}

/** The part `profile` of a section, with a description for each query. */
export function profileSection(
  about: { readonly displayName: string; readonly threepid: string; readonly role: string },
) {
  return {
    enabled: flag().default(true).describe("Whether to look people up in this database."),
    displayName: z.strictObject({ query: query().describe(about.displayName) }).prefault({})
      .describe("The person's name."),
    threepid: z.strictObject({ query: query().describe(about.threepid) }).prefault({})
      .describe("The person's email addresses."),
    role: z.strictObject({
      type: choice(["mxid", "localpart"]).default("mxid")
        .describe("What ? stands for in the query: mxid, the full Matrix ID, or localpart."),
      query: query().describe(about.role),
    }).prefault({}).describe("The person's roles."),
  };
}

/** Reports a missing or invalid type or connection of an enabled store. */
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

/** Reports each query that does not have exactly one placeholder. */
export function checkQueries(
  type: DatabaseType | undefined,
  queries: Readonly<Record<string, string | undefined>>,
  context: z.RefinementCtx,
): void {
  for (const [name, sql = ""] of Object.entries(queries)) {
    const count = countPlaceholders(sql, type ?? "sqlite");
    if (sql.trim() === "" || count === 1) continue;
    const message = describeCount(sql, count) +
      (type === "postgresql" ? "; the operator ? is written ??" : "");
    context.addIssue({ code: "custom", path: ["profile", name, "query"], message });
  }
}

const EXPECTED = "expected a query with exactly one ?, which stands for the user";

// Named parameters of database drivers, and of programs that insert text.
const NAMED_PARAMETER = /(?<![\w:])[:@][A-Za-z_]\w*/;

function describeCount(sql: string, count: number): string {
  if (count > 0) return EXPECTED;
  if (/(['"])\?\1/.test(sql)) return `${EXPECTED}, without quotation marks around it`;
  const placeholder = foreignPlaceholder(sql) ?? NAMED_PARAMETER.exec(sql)?.[0];
  if (placeholder === undefined) return EXPECTED;
  return describePlaceholder(placeholder, "write ? for the user, without quotation marks");
}
