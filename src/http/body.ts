/**
 * Reads a request's body within limits of size and time.
 *
 * @module
 */

/** The body is larger than the limit. */
export class BodyTooLarge extends Error {
  /** The name of this kind of error. */
  override readonly name = "BodyTooLarge";
}

/** The body was not complete in time. */
export class BodyTooSlow extends Error {
  /** The name of this kind of error. */
  override readonly name = "BodyTooSlow";
}

/**
 * Reads the whole body.
 *
 * @param limit In bytes.
 * @param signal Aborted when the time is over, for bodies that anyone may send.
 * @throws {BodyTooLarge} When it is larger than `limit`, whether Content-Length says so or not.
 * @throws {BodyTooSlow} When the signal was aborted before the body was complete.
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
  // A cancelled stream looks complete.
  if (signal?.aborted) throw new BodyTooSlow();
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
    releaseBody(chunk);
  }
  return body;
}

/**
 * Gives back the memory of bytes that nobody needs any more: the collector would, but late, and bodies
 * are most of what passes through the process.
 */
export function releaseBody(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}

// Keeping a stranger's connection is not worth reading more, or waiting longer.
const MAX_DISCARD_BYTES = 1024 * 1024;
const MAX_DISCARD_MS = 5000;

/**
 * Reads and discards a body, up to a megabyte. The server closes a connection whose request was not
 * read, and the client may then not see the response.
 */
export async function discardBody(request: Request): Promise<void> {
  const reader = request.body?.getReader();
  if (!reader) return;
  const timer = setTimeout(() => reader.cancel().catch(() => {}), MAX_DISCARD_MS);
  try {
    let left = (declaredLength(request) ?? 0) > MAX_DISCARD_BYTES ? 0 : MAX_DISCARD_BYTES;
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
    await reader.cancel();
  } catch {
    // Aborted by the client: nobody waits for the response.
  } finally {
    clearTimeout(timer);
  }
}

// The server refuses a request that has a Content-Length and is chunked.
function declaredLength(request: Request): number | undefined {
  const length = request.headers.get("content-length") ?? "";
  return /^[0-9]+$/.test(length) ? Number(length) : undefined;
}
