/**
 * A folder for one test.
 *
 * @module
 */

/** A new folder, deleted when it is disposed of. */
export interface TempFolder extends AsyncDisposable {
  /** Its absolute path. */
  readonly path: string;
}

/** Makes one. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: "appservice-mxisd-e2e-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
