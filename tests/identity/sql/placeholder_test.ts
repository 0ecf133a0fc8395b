import assert from "node:assert/strict";
import { countPlaceholders, numberPlaceholders } from "../../../src/identity/sql/placeholder.ts";
import type { DatabaseType } from "../../../src/identity/sql/port.ts";

Deno.test("placeholders: a ? in quotes and comments is not one", () => {
  const cases: [DatabaseType, string, number][] = [
    ["sqlite", "SELECT 1 WHERE x = ?", 1],
    ["sqlite", "SELECT '?', \"?\", `?`, [?] -- ?\n, ? /* ? */", 1],
    ["sqlite", "SELECT 'it''s ?' WHERE ? = '\\' AND ? = ''", 2],
    ["sqlite", "SELECT '?", 0],
    ["sqlite", "SELECT /* ?", 0],
    ["mysql", "SELECT 'it\\'s ?', \"\\\"?\", `a?` # ?\n, ?", 1],
    ["mysql", "SELECT 5--? -- ?", 1],
    ["mariadb", "SELECT 1 --\t?\n, ?", 1],
    ["postgresql", "SELECT '\\' || ? || ''", 1],
    ["postgresql", "SELECT E'\\'?' || e'?' || ?", 1],
    ["postgresql", "SELECT date'?', ?", 1],
    ["postgresql", "SELECT $$?$$, $a$ $$ ? $a$, $ä$?$ä$, a$$?", 1],
    ["postgresql", "SELECT $$?", 0],
    ["postgresql", "SELECT /* ? /* ? */ ? */ ?", 1],
    ["postgresql", "SELECT /* /* ? */ ?", 0],
    ["postgresql", "SELECT data ?? 'a', data ??| b, ?", 1],
    ["postgresql", "SELECT '??', ?", 1],
  ];
  for (const [type, sql, count] of cases) assert.equal(countPlaceholders(sql, type), count, sql);
});

Deno.test("placeholders: they are numbered for PostgreSQL, and nothing else changes", () => {
  const sql = "SELECT '?' -- ?\n, $$ ? $$, \"?\", a ?? 'b' FROM t /* ? */ WHERE x = ? AND y = ?";
  const expected =
    "SELECT '?' -- ?\n, $$ ? $$, \"?\", a ? 'b' FROM t /* ? */ WHERE x = $1 AND y = $2";
  assert.equal(numberPlaceholders(sql), expected);
});
