/**
 * The TCP connection to a mail server.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import type { Clock } from "../domain/clock.ts";
import { smtpError } from "./smtp_error.ts";

/** Where the server is. */
export interface SocketTarget {
  /** A name or an IP address. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** How long connecting may take, in milliseconds. */
  readonly timeout: number;
}

/**
 * Connects. We do it ourselves: nodemailer resolves the name first, and the permission to connect
 * to a name is none to connect to its addresses.
 *
 * @throws {SmtpError} When it fails, takes too long, or is stopped.
 */
export async function connectSocket(
  target: SocketTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Socket> {
  const settled = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const stop = () => reject(smtpError("connect", "EABORT"));
  if (signal.aborted) throw smtpError("connect", "EABORT");
  signal.addEventListener("abort", stop, { signal: settled.signal });
  clock.sleep(target.timeout, settled.signal).then(() => reject(smtpError("connect", "ETIMEDOUT")));

  const socket = connect({ host: target.host, port: target.port, autoSelectFamily: true });
  const fail = (error: unknown) => reject(smtpError("connect", errorCode(error)));
  socket.once("connect", () => resolve(socket));
  socket.on("error", fail);
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    settled.abort();
  }
}

function errorCode(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "EPERM";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "ECONNRESET";
}
