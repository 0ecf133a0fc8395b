/**
 * What the tests of databases have in common.
 *
 * @module
 */

import assert from "node:assert/strict";
import { StoreError } from "../../../src/identity/port.ts";

/** The password of the account that reads: all that has to be encoded is in it. */
export const SECRET_PASSWORD = "p&ss=w+rd %41/?#@:ö";

/** The queries for the tests' tables. */
export const PROFILE = {
  displayName: { query: "SELECT name FROM people WHERE id = ? ORDER BY entry" },
  threepid: {
    query: "SELECT medium, address FROM user_threepids WHERE user_id = ? ORDER BY entry",
  },
};

/** Tells whether it is this error of a store. */
export function fails(kind: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, message);
    assert.equal(error.kind, kind, error.message);
    assert.ok(!Deno.inspect(error).includes(SECRET_PASSWORD));
    return true;
  };
}
