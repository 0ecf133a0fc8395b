/**
 * Asks Synapse's database what it knows about its people.
 *
 * @module
 */

import { jsonOf } from "../../net/http.ts";
import { IGNORED_TYPE, INVITE_RULE_TYPES, inviteRules } from "../invite_rules.ts";
import { type KnowledgeSource, type KnownPerson, NEVER } from "../knowledge.ts";
import { isTrue } from "../synapse_state.ts";
import { openDatabase } from "./database.ts";
import type { Query, Row } from "./port.ts";
import type { ServerDependencies } from "./server_database.ts";
import { readUser } from "./synapse_queries.ts";
import { COLUMN_NAMES, type SynapseSqlSection } from "./synapse_sql.ts";
import { textOf } from "./value.ts";

const TYPES = [IGNORED_TYPE, ...INVITE_RULE_TYPES].map((type) => `'${type}'`).join(", ");
// Anybody may make their own as large as they like.
const MAX_CONTENT_CHARS = 2 ** 20;
const ACCOUNT_DATA = "SELECT account_data_type, content FROM account_data WHERE user_id = ? " +
  `AND account_data_type IN (${TYPES}) AND length(content) <= ${MAX_CONTENT_CHARS}`;
// Where Synapse tracks application services, it records requests on behalf of people under this name,
// among them those of this service.
const BY_SERVICES = "dummy-device";
const LAST_SEEN = [
  "SELECT MAX(last_seen) AS last_seen FROM user_ips WHERE user_id = ? " +
  `AND (device_id IS NULL OR device_id <> '${BY_SERVICES}')`,
  "SELECT MAX(last_seen) AS last_seen FROM devices WHERE user_id = ?",
];

/**
 * Opens what Synapse's database knows. It connects at the first question.
 *
 * @throws {StoreError} `misconfigured`, if the section does not specify a database.
 */
export function openSynapseKnowledge(
  section: Pick<SynapseSqlSection, "enabled" | "type" | "connection">,
  dependencies: ServerDependencies,
): KnowledgeSource {
  const database = openDatabase("synapseSql", section, dependencies);
  const columnNames = COLUMN_NAMES[section.type ?? "sqlite"];
  return {
    find: (user, { activity = false, signal } = {}) =>
      database.read(async (query) => ({
        invites: inviteRules(accountData(await query(ACCOUNT_DATA, user))),
        barred: barredBy(await readUser({ query, columnNames }, user)),
        lastActive: activity ? await readLastSeen(query, user) : undefined,
      }), { signal }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

function accountData(rows: readonly Row[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    rows.map((row) => [textOf(row.account_data_type), jsonOf(textOf(row.content))]),
  );
}

function barredBy(account: Row | undefined): KnownPerson["barred"] {
  const all = ["deactivated", "locked", "suspended"] as const;
  return all.find((column) => isTrue(account?.[column]));
}

async function readLastSeen(query: Query, user: string): Promise<number> {
  const times: number[] = [NEVER];
  for (const sql of LAST_SEEN) {
    const [row] = await query(sql, user);
    // Drivers return a large integer as text.
    const time = Number(row?.last_seen ?? NaN);
    if (Number.isSafeInteger(time)) times.push(time);
  }
  return Math.max(...times);
}
