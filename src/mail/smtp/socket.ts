/**
 * Connects to a mail server.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { Endpoint } from "../../net/endpoint.ts";
import { openSocket, startTls } from "../../net/socket.ts";
import { TlsError } from "../../net/socket_error.ts";
import { timeLimit } from "../../net/timeout.ts";
import type { Trust } from "../../net/trust.ts";
import type { Clock } from "../../system/clock.ts";
import { networkCode, smtpError } from "./error.ts";

/** A mail server. */
export interface SocketTarget extends Endpoint {
  readonly trust: Trust;
  /** How long connecting may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/**
 * Connects. Nodemailer is not used for this: it resolves the name first, and the permission to connect
 * to a name does not include its addresses.
 *
 * @throws {SmtpError} If the connection fails or times out, or the signal is aborted.
 */
export async function connectSocket(
  target: SocketTarget,
  tlsFirst: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  using limit = timeLimit(target.clock, target.timeout);
  let stage: "connect" | "greeting" = "connect";
  function secure(socket: Socket, closed: AbortSignal): Promise<Socket> {
    stage = "greeting";
    return startTls(socket, target, target.trust, closed);
  }
  try {
    const ended = AbortSignal.any([signal, limit.signal]);
    return await openSocket(target, ended, tlsFirst ? secure : undefined);
  } catch (error) {
    if (signal.aborted) throw smtpError("connect", "EABORT");
    if (limit.signal.aborted) throw smtpError("connect", "ETIMEDOUT");
    if (error instanceof TlsError) throw smtpError("greeting", "ETLS", error.reason);
    throw smtpError(stage, networkCode(error));
  }
}
