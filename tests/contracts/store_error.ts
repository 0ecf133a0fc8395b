/**
 * Expects the error of a store.
 *
 * @module
 */

import assert from "node:assert/strict";
import { StoreError } from "../../src/identity/port.ts";

/** Expects an error of this kind and message, for `assert.rejects`. */
export type ErrorMatcher = (kind: string, message: RegExp) => (error: unknown) => true;

/** Expects a {@linkcode StoreError}. */
export const fails: ErrorMatcher = failsWithout([]);

/** Expects a {@linkcode StoreError} that does not contain these secrets. */
export function failsWithout(secrets: readonly string[]): ErrorMatcher {
  return (kind, message) => (error) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    const text = Deno.inspect(error);
    assert.ok(!secrets.some((secret) => text.includes(secret)), "an error contains a secret");
    return true;
  };
}
