/**
 * Asking a directory server to go on with TLS (RFC 4511, section 4.14).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { StoreError, type StoreErrorKind } from "../port.ts";

const OID = "1.3.6.1.4.1.1466.20037";
const EXTENDED_RESPONSE = 0x78;
const LONGEST_RESPONSE = 4096;
const UNAVAILABLE = 52;

/**
 * Asks for TLS, and calls for the handshake when the server is ready for it. We do it ourselves:
 * the library throws an error that nobody can catch when the connection breaks off right after it.
 *
 * @param where The server's address, for errors.
 * @param shakeHands Called while the response is read: Deno 2.6 waits for ever when the handshake
 * begins later than that.
 * @throws {StoreError} When the server does not take it.
 */
export async function requestStartTls<Secured>(
  store: string,
  where: string,
  socket: Socket,
  shakeHands: () => Promise<Secured>,
): Promise<Secured> {
  const { BerReader, BerWriter } = await import("ldapts");
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(1); // the message's ID
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
        resolve(shakeHands());
      } else if (code !== undefined) {
        const kind: StoreErrorKind = code === UNAVAILABLE ? "temporary" : "misconfigured";
        reject(fail(kind, `it does not take STARTTLS (result code ${code})`));
      } else if (received.length > LONGEST_RESPONSE) {
        throw new Error("the response is too long");
      }
    } catch {
      // Whatever follows the response in the clear may come from somebody else.
      reject(fail("misconfigured", "what answers to STARTTLS is no directory"));
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
