/**
 * Reading a request's body within a limit.
 *
 * @module
 */

/** The body is larger than the limit. */
export class BodyTooLarge extends Error {
  /** The name of this kind of error. */
  override readonly name = "BodyTooLarge";
}

/** The body had not come when its time was over. */
export class BodyTooSlow extends Error {
  /** The name of this kind of error. */
  override readonly name = "BodyTooSlow";
}

/**
 * The body's bytes.
 *
 * @param signal Aborted when the time is over, for bodies that anybody may send.
 * @throws {BodyTooLarge} When it is larger than `limit`, whether it says so or not.
 * @throws {BodyTooSlow} When the signal was aborted before its end.
 */
export async function readBody(
  request: Request,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const declared = declaredLength(request);
  if (declared !== undefined && declared > limit) {
    await request.body?.cancel();
    throw new BodyTooLarge();
  }
  if (declared !== undefined && !signal) return await request.bytes();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  const cancel = () => void reader?.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      size += read.value.length;
      if (size > limit) {
        cancel();
        throw new BodyTooLarge();
      }
      chunks.push(read.value);
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  // What is cancelled looks as if it were at its end.
  if (signal?.aborted) throw new BodyTooSlow();
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

// Reading more than that from a stranger is not worth keeping the connection.
const LARGEST_DISCARDED = 1024 * 1024;
// Nor is waiting for one who sends it drop by drop, in milliseconds.
const LONGEST_DISCARDING = 5000;

/**
 * Reads a body that nobody wants, up to a megabyte, and forgets it. Deno closes a connection whose
 * request was not read, and the client then may not see the answer.
 */
export async function discardBody(request: Request): Promise<void> {
  const reader = request.body?.getReader();
  if (!reader) return;
  const timer = setTimeout(() => reader.cancel().catch(() => {}), LONGEST_DISCARDING);
  try {
    let room = (declaredLength(request) ?? 0) > LARGEST_DISCARDED ? 0 : LARGEST_DISCARDED;
    while (room > 0) {
      const { done, value } = await reader.read();
      if (done) return;
      room -= value.length;
    }
    await reader.cancel();
  } catch {
    // Broken off: the connection goes, and nobody waits for the answer.
  } finally {
    clearTimeout(timer);
  }
}

// The length that the server holds the client to. Beside chunks it holds it to none: Deno 2.6 hands
// both headers on and reads the chunks to their end.
function declaredLength(request: Request): number | undefined {
  const length = request.headers.get("content-length") ?? "";
  if (request.headers.has("transfer-encoding") || !/^[0-9]+$/.test(length)) return undefined;
  return Number(length);
}
