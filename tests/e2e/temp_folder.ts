/**
 * Temporary folders.
 *
 * @module
 */

/** A temporary folder, deleted when it is disposed of. */
export interface TempFolder extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
}

/** Creates a temporary folder. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "appservice-mxisd-e2e-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
