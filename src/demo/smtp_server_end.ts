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

// How long it may take until the server says that it is closed, once it has no clients.
const CLOSING_MS = 250;

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
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    server.server.once("close", () => resolve());
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    server.close(() => tell());
    // The library's callback may come while clients are still connected.
    await told;
    await within(LEAVING_MS, closed);
    for (const socket of open) socket.destroy();
    // Deno 2.6 does not always say that a server is closed.
    await within(CLOSING_MS, closed);
    const left = connectedAt + GREETING_MS - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  };
}

async function within(milliseconds: number, event: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([event, late]);
  clearTimeout(timer);
}
