/**
 * Replaces files atomically: after a crash there is either the old or the new file.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { RandomBytes } from "./random.ts";
import { checkReadable, decodeText, ReadError, readError } from "./read_file.ts";
import { writing } from "./write_error.ts";

const MAX_BYTES = 1024 * 1024;

/** The file at a path. */
export type FileRead =
  /** There is none. */
  | { readonly kind: "missing" }
  /** `path` is the real path behind symbolic links, `mode` the permissions. */
  | {
    readonly kind: "read";
    readonly path: string;
    readonly mode: number;
    readonly text: string;
  }
  /** It must not be read or replaced; the reason fits after "cannot be read:". */
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Reads a text file.
 *
 * @throws {ReadError} When the system refuses it.
 */
export async function readWholeFile(path: string): Promise<FileRead> {
  try {
    const link = await Deno.lstat(path).catch(undefinedIfMissing);
    if (!link) return { kind: "missing" };
    const real = await Deno.realPath(path).catch(undefinedIfMissing);
    // Creating the target would let the link's owner choose where secrets are written.
    if (real === undefined) throw new ReadError(path, "it is a symbolic link that leads nowhere");
    const info = await Deno.stat(real);
    checkReadable(real, info, { maxBytes: MAX_BYTES });
    const text = decodeText(real, await Deno.readFile(real));
    return { kind: "read", path: real, mode: (info.mode ?? 0) & 0o777, text };
  } catch (error) {
    if (error instanceof ReadError) return { kind: "refused", reason: error.reason };
    throw readError(path, error);
  }
}

/**
 * Replaces a file, or creates it. A replaced file keeps its owner, group and mode; a new one is
 * readable only by its owner and group (0640). Pass the path that {@linkcode readWholeFile} returns:
 * a symbolic link would be replaced by a file.
 *
 * @throws {WriteError} If the system refuses any of this; then nothing is changed.
 */
export function replaceFile(path: string, text: string, random: RandomBytes): Promise<void> {
  return writing(path, () => replace(path, text, random));
}

async function replace(path: string, text: string, random: RandomBytes): Promise<void> {
  const old = await Deno.stat(path).catch(undefinedIfMissing);
  // In the same folder, as a rename does not cross file systems; new, so that nobody has it open.
  const draft = join(dirname(path), `.${basename(path)}.${random(8).toHex()}`);
  try {
    await writeNewFile(draft, new TextEncoder().encode(text));
    if (old) {
      const { uid, gid } = await Deno.stat(draft);
      if (old.uid !== uid || old.gid !== gid) await Deno.chown(draft, old.uid, old.gid);
    }
    await Deno.chmod(draft, (old?.mode ?? 0o640) & 0o777);
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(undefinedIfMissing);
    throw error;
  }
}

/**
 * Creates a file that only its owner may read, and waits until it is on disk. It rejects if there is
 * a file or a link already: a link could choose where the bytes are written.
 */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  await file.sync();
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  throw error;
}
