/**
 * The STARTTLS request (RFC 4511, section 4.14).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { StoreError, type StoreErrorKind } from "../port.ts";

const OID = "1.3.6.1.4.1.1466.20037";
const EXTENDED_RESPONSE = 0x78;
const MAX_RESPONSE_BYTES = 4096;
const UNAVAILABLE = 52;

const NOT_LDAP = "the response to STARTTLS is not valid LDAP";

/** What the server sends is not LDAP. */
export class NotLdap extends StoreError {}

/**
 * Requests TLS, and starts the handshake once the server has agreed. The library is not used for
 * this: if the connection breaks right afterwards, it throws an error that cannot be caught.
 *
 * @param where The server's address, for errors.
 * @param handshake Called in the event of the response: on Deno 2.6 a handshake that begins later
 * never ends.
 * @throws {StoreError} If the server refuses.
 */
export async function requestStartTls<Secured>(
  store: string,
  where: string,
  socket: Socket,
  handshake: () => Promise<Secured>,
): Promise<Secured> {
  const { BerReader, BerWriter } = await import("ldapts");
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(1); // the message ID
  writer.startSequence(0x77);
  writer.writeString(OID, 0x80);
  writer.endSequence();
  writer.endSequence();
  const fail = (kind: StoreErrorKind, reason: string) =>
    new StoreError(store, kind, `${where}: ${reason}`);

  const { promise, resolve, reject } = Promise.withResolvers<Secured>();
  let received: Buffer = Buffer.alloc(0);
  function onData(chunk: Buffer): void {
    received = Buffer.concat([received, chunk]);
    try {
      const code = resultCode();
      if (code === 0) {
        socket.off("data", onData);
        socket.pause();
        resolve(handshake());
      } else if (code !== undefined) {
        const kind: StoreErrorKind = code === UNAVAILABLE ? "temporary" : "misconfigured";
        reject(fail(kind, `STARTTLS refused (result code ${code})`));
      } else if (received.length > MAX_RESPONSE_BYTES) {
        throw new Error("the response is too long");
      }
    } catch {
      // Bytes after the response may have been injected before the encryption.
      reject(new NotLdap(store, "misconfigured", `${where}: ${NOT_LDAP}`));
    }
  }

  function resultCode(): number | undefined {
    const reader = new BerReader(received);
    if (reader.readSequence(0x30) === null || reader.remain < reader.length) return undefined;
    if (reader.remain > reader.length) throw new Error("something follows the response");
    reader.readInt();
    reader.readSequence(EXTENDED_RESPONSE);
    return reader.readEnumeration() ?? undefined;
  }

  socket.on("data", onData);
  socket.write(writer.buffer);
  return await promise;
}
