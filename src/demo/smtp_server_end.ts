/**
 * Ends the mail server of the library, with all that it leaves behind.
 *
 * @module
 */

import type { SMTPServer } from "smtp-server";

// The library greets a client after 100 ms, also one that has left meanwhile.
const GREETING_MS = 120;

/** Follows a server that does not listen yet; the result ends it. */
export function smtpServerEnd(server: SMTPServer): () => Promise<void> {
  let connectedAt = -Infinity;
  server.server.on("connection", () => connectedAt = performance.now());
  return async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    await closed;
    const left = connectedAt + GREETING_MS - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  };
}
