/**
 * Ends the mail server of the library, with all that it leaves behind.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { SMTPServer } from "smtp-server";

// The library greets a client after 100 ms, also one that has left meanwhile.
const GREETING_MS = 120;
// How long a client that was told to leave may stay: the library would give it five seconds.
const LEAVING_MS = 500;

/** Follows a server that does not listen yet; the result ends it. */
export function smtpServerEnd(server: SMTPServer): () => Promise<void> {
  let connectedAt = -Infinity;
  const open = new Set<Socket>();
  server.server.on("connection", (socket: Socket) => {
    connectedAt = performance.now();
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return async () => {
    // The library's callback may come while clients are still connected.
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.server.once("close", () => resolve());
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    server.close(() => tell());
    await told;
    const timer = setTimeout(() => open.forEach((socket) => socket.destroy()), LEAVING_MS);
    await closed;
    clearTimeout(timer);
    const left = connectedAt + GREETING_MS - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  };
}
