/**
 * The connection to a mail server, before a word is said.
 *
 * @module
 */

import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { Clock } from "../../system/clock.ts";
import { smtpError } from "./error.ts";
import { systemCode, tlsDetail } from "./fault.ts";
import type { Trust } from "./trust.ts";

/** Where the server is, and how it is reached. */
export interface SocketTarget {
  /** A name or an IP address. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** Which certificates are believed. */
  readonly trust: Trust;
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
  tlsFirst: boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<Socket> {
  if (signal.aborted) throw smtpError("connect", "EABORT");
  const settled = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  signal.addEventListener("abort", () => reject(smtpError("connect", "EABORT")), {
    signal: settled.signal,
  });
  clock.sleep(target.timeout, settled.signal).then(() => reject(smtpError("connect", "ETIMEDOUT")));

  const { host, port } = target;
  const socket = connect({ host, port, autoSelectFamily: true });
  let secured: Socket | undefined;
  socket.on("error", (error) => reject(smtpError("connect", systemCode(error) ?? "ECONNRESET")));
  socket.once("connect", () => {
    if (!tlsFirst) return resolve(socket);
    secured = connectTls({ socket, ...tlsOptions(target) }, () => resolve(secured ?? socket));
    secured.on("error", (error) => {
      const code = systemCode(error);
      reject(smtpError("greeting", code ?? "ETLS", code === undefined ? tlsDetail(error) : ""));
    });
  });
  try {
    return await promise;
  } catch (error) {
    secured?.destroy();
    socket.destroy();
    throw error;
  } finally {
    settled.abort();
  }
}

/** The settings of TLS for node:tls. */
export function tlsOptions(
  { host, trust }: Pick<SocketTarget, "host" | "trust">,
): ConnectionOptions {
  return {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(trust.ca ? { ca: [...trust.ca] } : {}),
    rejectUnauthorized: trust.verify,
  };
}
