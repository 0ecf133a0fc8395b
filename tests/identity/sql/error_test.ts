import assert from "node:assert/strict";
import { sqlError, type SqlStage } from "../../../src/identity/sql/error.ts";

const ENDPOINT = { host: "db", port: 5432 };

function messageOf(stage: SqlStage, properties: object): string {
  const error = sqlError("sql", stage, ENDPOINT, Object.assign(new Error("text"), properties));
  return `${error.kind}: ${error.message}`;
}

Deno.test("errors of databases: codes say whether a retry can help", () => {
  const cases: [SqlStage, object, string][] = [
    ["query", { code: "42P01" }, "misconfigured: sql: db:5432 refuses a query: text"],
    ["query", { code: "25006" }, "misconfigured: sql: db:5432 refuses a query: text"],
    ["query", { code: "22P02" }, "misconfigured: sql: db:5432 refuses a query (22P02)"],
    ["query", { code: "P0001" }, "misconfigured: sql: db:5432 refuses a query (P0001)"],
    ["query", { code: "57014" }, "temporary: sql: db:5432 refuses a query: text"],
    ["query", { code: "40001" }, "temporary: sql: db:5432 refuses a query (40001)"],
    ["query", { code: "XX000" }, "temporary: sql: db:5432 refuses a query (XX000)"],
    ["login", { code: "28P01" }, "misconfigured: sql: db:5432 refuses the login: text"],
    ["tls", { code: "3D000" }, "misconfigured: sql: db:5432 refuses the login: text"],
    ["login", { code: "57P03" }, "temporary: sql: db:5432 refuses the login: text"],
    ["login", { code: "53300" }, "temporary: sql: db:5432 refuses the login: text"],
    [
      "login",
      { code: "ER_ACCESS_DENIED_ERROR", errno: 1045, sqlState: "28000" },
      "misconfigured: sql: db:5432 refuses the login: text",
    ],
    [
      "login",
      { code: "ER_CON_COUNT_ERROR", errno: 1040, sqlState: "08004" },
      "temporary: sql: db:5432 refuses the login: text",
    ],
    [
      "login",
      { errno: 1203, sqlState: "42000" },
      "temporary: sql: db:5432 refuses the login: text",
    ],
    [
      "login",
      { errno: 1130, sqlState: "HY000" },
      "misconfigured: sql: db:5432 refuses the login: text",
    ],
    ["query", { errno: 3024, sqlState: "HY000" }, "temporary: sql: db:5432 refuses a query (3024)"],
    [
      "login",
      { code: "AUTH_SWITCH_PLUGIN_ERROR" },
      "misconfigured: sql: db:5432 requires an unsupported login method (AUTH_SWITCH_PLUGIN_ERROR)",
    ],
    [
      "tls",
      { code: "CERT_HAS_EXPIRED" },
      "misconfigured: sql: db:5432: TLS failed: text: check the server's certificate, and tls.ca",
    ],
    ["tls", { code: "ECONNRESET" }, "temporary: sql: db:5432: ECONNRESET"],
    ["tls", { code: "CONNECTION_CLOSED" }, "temporary: sql: db:5432: CONNECTION_CLOSED"],
    [
      "connect",
      { code: "ECONNREFUSED" },
      "temporary: sql: cannot connect to db:5432: ECONNREFUSED",
    ],
    ["query", {}, "temporary: sql: db:5432: the connection was lost"],
  ];
  for (const [stage, properties, expected] of cases) {
    assert.equal(messageOf(stage, properties), expected);
  }
});

Deno.test("errors of databases: control characters in a server's message are escaped", () => {
  assert.ok(
    messageOf("query", { code: "42601", message: "\x1b[2Jx\n" }).endsWith("\\u{1b}[2Jx\\n"),
  );
});
