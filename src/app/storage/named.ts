/**
 * Names the key of the database in errors.
 *
 * @module
 */

import { OutboxError } from "../../outbox/port.ts";

/** Runs work, and names the key of the database in its errors. */
export function named<Result>(backend: "sqlite" | "postgresql", work: () => Result): Result {
  try {
    const result = work();
    return result instanceof Promise
      ? result.catch((error) => Promise.reject(nameIn(backend, error))) as Result
      : result;
  } catch (error) {
    throw nameIn(backend, error);
  }
}

function nameIn(backend: string, error: unknown): unknown {
  if (!(error instanceof OutboxError)) return error;
  const message = `storage.provider.${backend}.database: ${error.message}`;
  return new OutboxError(error.kind, message, { cause: error });
}
