/**
 * Finds out whether a port speaks LDAP with TLS, or without, where a directory was configured for the
 * other.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { ByteReader } from "../../net/byte_reader.ts";
import { formatEndpoint } from "../../net/endpoint.ts";
import { probe, speaksTls } from "../../net/probe.ts";
import { SocketError, TlsError } from "../../net/socket_error.ts";
import { systemClock } from "../../system/clock.ts";
import { StoreError } from "../port.ts";
import { ConnectionLost, toStoreError } from "./error.ts";
import type { LdapTarget } from "./socket.ts";
import { NotLdap } from "./start_tls.ts";

/** The reason why a connection failed: the error itself, unless the port speaks the other one. */
export async function diagnose(
  store: string,
  target: LdapTarget,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const hungUp = error instanceof StoreError &&
    (error instanceof ConnectionLost || error instanceof NotLdap || isReset(error.cause));
  if (!hungUp || signal.aborted) return error;
  if (target.tls === true) {
    if (!await speaksLdap(target, signal)) return error;
    return toStoreError(store, new TlsError(target, { kind: "no_tls" }, error));
  }
  if (!await speaksTls(target, systemClock, signal)) return error;
  const reason = `${formatEndpoint(target)} speaks TLS, and was sent LDAP without TLS: ` +
    "set connection.tls to true";
  return new StoreError(store, "misconfigured", reason, { cause: error });
}

function isReset(cause: unknown): boolean {
  return cause instanceof SocketError && cause.code === "ECONNRESET";
}

// An anonymous bind request, and the first byte of every message (RFC 4511, section 4.1.1).
const BIND_REQUEST = Buffer.from([0x30, 12, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0]);
const SEQUENCE = 0x30;

function speaksLdap(target: LdapTarget, signal: AbortSignal): Promise<boolean> {
  return probe(target, systemClock, signal, async (socket) => {
    const reader = new ByteReader(socket);
    socket.write(BIND_REQUEST);
    return await reader.peek() === SEQUENCE;
  });
}
