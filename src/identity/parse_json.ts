/**
 * Parses JSON from outside into a known form.
 *
 * @module
 */

import type { z } from "zod";
import { StoreError } from "./port.ts";

/**
 * Parses a JSON text and checks its form.
 *
 * @param what What the text is, for the error.
 * @param host The service that sent it: another one may listen there.
 * @throws {StoreError} `misconfigured`, without quoting the text.
 */
export function parseJson<Value>(
  text: string,
  form: z.ZodType<Value>,
  store: string,
  what: string,
  host?: string,
): Value {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The cause is left out: it quotes the text.
    const hint = host === undefined ? "" : `: check that it is the service at ${host}`;
    throw new StoreError(store, "misconfigured", `its ${what} is not JSON${hint}`);
  }
  const result = form.safeParse(json);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join(".") || `the ${what}`;
  throw new StoreError(store, "misconfigured", `its ${what} has the wrong form: ${where}`);
}
