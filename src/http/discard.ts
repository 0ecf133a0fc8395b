/**
 * Discards the bodies of refused requests.
 *
 * @module
 */

import { discardBody } from "./body.ts";

/** Discards the body of a stranger's request before it is refused. */
export type DiscardBody = (request: Request) => Promise<void>;

// Each reads up to a megabyte.
const MAX_DISCARDS = 32;

/**
 * Returns the function that discards bodies, a limited number at once. Beyond that it does not read
 * them, and the server closes the connection: a client may then not see the response.
 */
export function openDiscard(): DiscardBody {
  let discards = 0;
  return async (request) => {
    if (request.body === null) return;
    if (discards >= MAX_DISCARDS) return await request.body.cancel();
    discards++;
    try {
      await discardBody(request);
    } finally {
      discards--;
    }
  };
}
