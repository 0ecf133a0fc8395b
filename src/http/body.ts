/**
 * Reading a request's body within a limit.
 *
 * @module
 */

/** The body is larger than the limit, or compressed so that its size is unknown. */
export class BodyTooLarge extends Error {
  /** The name of this kind of error. */
  override readonly name = "BodyTooLarge";
}

/**
 * The body's bytes.
 *
 * @throws {BodyTooLarge} When it is larger than `limit`, whether it says so or not.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? NaN);
  if (declared > limit) {
    await request.body?.cancel();
    throw new BodyTooLarge();
  }
  if (!Number.isNaN(declared)) return await request.bytes();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > limit) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
