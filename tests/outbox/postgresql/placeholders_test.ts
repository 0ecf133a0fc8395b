import assert from "node:assert/strict";
import { numberPlaceholders } from "../../../src/outbox/postgresql/placeholders.ts";

const STATEMENTS: readonly (readonly [sql: string, numbered: string])[] = [
  ["SELECT 1", "SELECT 1"],
  ["UPDATE mails SET a = ?, b = ? WHERE id = ?", "UPDATE mails SET a = $1, b = $2 WHERE id = $3"],
  ["SELECT ?2 + ?1 + ?2 + ?10", "SELECT $2 + $1 + $2 + $10"],
  ["SELECT 'really?' WHERE a = ?", "SELECT 'really?' WHERE a = $1"],
  ["SELECT 'it''s ?' WHERE a = ?", "SELECT 'it''s ?' WHERE a = $1"],
];

Deno.test("placeholders are numbered, texts are left as they are", () => {
  for (const [sql, numbered] of STATEMENTS) {
    assert.equal(numberPlaceholders(sql), numbered);
    assert.equal(numberPlaceholders(sql), numbered, "again");
  }
});
