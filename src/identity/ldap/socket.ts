/**
 * The connection to a directory server, before it is logged in to.
 *
 * @module
 */

import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { StoreError } from "../port.ts";
import { formatLdapHost } from "./host.ts";
import { requestStartTls } from "./start_tls.ts";

/** Where a directory server is, and how it is reached. */
export interface LdapTarget {
  /** A name or an IP address. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
  /** TLS from the start, TLS after a request in the clear, or none. */
  readonly tls: boolean | "starttls";
  /** Certificates in PEM to be believed, in the place of the well-known ones. */
  readonly ca?: readonly string[];
}

/** TLS came to nothing: a certificate does not verify, or what answers speaks no TLS. */
export class TlsFailure extends StoreError {}

/**
 * Connects, with TLS where it is asked for. A certificate that does not verify may show when
 * something is written only: Deno 2.6 says that it is connected before the handshake; nothing is
 * sent before it is done.
 *
 * @throws {StoreError} A {@linkcode TlsFailure}, or what is wrong with the connection.
 */
export async function connectLdap(
  store: string,
  target: LdapTarget,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, tls } = target;
  const settled = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const calledOff = () => reject(new StoreError(store, "temporary", "the lookup was aborted"));
  if (signal.aborted) calledOff();
  signal.addEventListener("abort", calledOff, { signal: settled.signal });

  const socket = connect({ host, port, autoSelectFamily: true, keepAlive: true, noDelay: true });
  socket.on("error", (error) => reject(socketFailure(store, target, error)));
  socket.on("close", () => reject(socketFailure(store, target, undefined)));
  let secured: Socket | undefined;

  function secure(): Promise<Socket> {
    return new Promise((resolve) => {
      secured = connectTls({
        socket,
        host,
        ...(isIP(host) ? {} : { servername: host }),
        ...(target.ca ? { ca: [...target.ca] } : {}),
        rejectUnauthorized: true,
      }, () => secured && resolve(secured));
      secured.on("error", (error) => reject(socketFailure(store, target, error)));
    });
  }

  // Deno 2.6 waits for ever when a handshake begins later than in the event before it.
  const ready = new Promise<Socket>((resolve) => {
    socket.once("connect", () => {
      if (tls === false) resolve(socket);
      else if (tls === true) resolve(secure());
      else resolve(requestStartTls(store, formatLdapHost(target), socket, secure));
    });
  });
  try {
    return await Promise.race([ready, failed]);
  } catch (error) {
    secured?.destroy();
    socket.destroy();
    throw error;
  } finally {
    settled.abort();
  }
}

/** What an error of the socket means; none is the server's end of the connection. */
export function socketFailure(
  store: string,
  target: LdapTarget,
  error: Error | undefined,
): StoreError {
  const where = formatLdapHost(target);
  if (error === undefined) {
    return new StoreError(store, "temporary", `${where} closed the connection`);
  }
  const code = "code" in error ? String(error.code) : "";
  // Those of the operating system; TLS has codes such as CERT_HAS_EXPIRED and ERR_SSL_...
  const isSystem = /^E(?!RR_|PROTO$)[A-Z_]+$/.test(code);
  if (target.tls !== false && !isSystem) {
    // Deno 2.6 does not tell what it was.
    const kind = code === "UNKNOWN" ? "temporary" : "misconfigured";
    const reason = code === "UNKNOWN" ? "perhaps its certificate does not verify" : error.message;
    return new TlsFailure(store, kind, `${where}: TLS failed: ${reason}`, { cause: error });
  }
  const reason = `${where} cannot be reached (${isSystem ? code : error.message})`;
  return new StoreError(store, "temporary", reason, { cause: error });
}
