/**
 * Frames of HTTP/2 (RFC 9113, section 6), written by hand.
 *
 * @module
 */

/** The types of frames. */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
} as const;

/** Flags of frames. */
export const END_HEADERS = 4;

/** The flag of an acknowledgement of settings or of a ping. */
export const ACK = 1;

/** What a client sends first. */
export const PREFACE: Uint8Array = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A frame that a peer sent. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** A frame's bytes. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array {
  const bytes = new Uint8Array(9 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, payload.length >> 16);
  view.setUint16(1, payload.length & 0xffff);
  view.setUint8(3, type);
  view.setUint8(4, flags);
  view.setUint32(5, stream);
  bytes.set(payload, 9);
  return bytes;
}

/** Takes bytes as they come, and returns the frames that are complete. */
export function frameReader(): (bytes: Uint8Array) => readonly Frame[] {
  let rest = new Uint8Array();
  return (bytes) => {
    const all = new Uint8Array(rest.length + bytes.length);
    all.set(rest);
    all.set(bytes, rest.length);
    const frames: Frame[] = [];
    let at = 0;
    while (all.length - at >= 9) {
      const view = new DataView(all.buffer, at);
      const length = (view.getUint8(0) << 16) + view.getUint16(1);
      if (all.length - at < 9 + length) break;
      frames.push({
        type: view.getUint8(3),
        flags: view.getUint8(4),
        stream: view.getUint32(5) & 0x7fffffff,
        payload: all.slice(at + 9, at + 9 + length),
      });
      at += 9 + length;
    }
    rest = all.slice(at);
    return frames;
  };
}

/** The fields of a request, literal and without indexing (RFC 7541, section 6.2.2). */
export function requestHeaders(fields: Readonly<Record<string, string>>): Uint8Array {
  const encode = (text: string) => [...length(text.length), ...new TextEncoder().encode(text)];
  const bytes = Object.entries(fields)
    .flatMap(([name, value]) => [0, ...encode(name), ...encode(value)]);
  return new Uint8Array(bytes);
}

// An integer with a prefix of 7 bits (RFC 7541, section 5.1).
function length(value: number): number[] {
  if (value < 127) return [value];
  const bytes = [127];
  for (value -= 127; value >= 128; value = Math.floor(value / 128)) bytes.push(128 + value % 128);
  return [...bytes, value];
}
