/**
 * Files that are either the old one or the new one, whenever the machine stops.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { RandomBytes } from "./random.ts";
import { checkReadable, decodeText, ReadError, readError } from "./read_file.ts";

const MAX_BYTES = 1024 * 1024;

/** What stands at a path. */
export type FileRead =
  /** Nothing. */
  | { readonly kind: "missing" }
  /** A file; `path` is where it really is, behind symbolic links; `mode` is its permissions. */
  | {
    readonly kind: "read";
    readonly path: string;
    readonly mode: number;
    readonly text: string;
  }
  /** Something that is not to be read or replaced; why, in words that fit after "cannot be read:". */
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
    // Making the file there would let whoever made the link choose where secrets are written.
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
 * Replaces a file, or makes it. A file that is replaced keeps its owner, group and mode; a new one
 * is readable by its owner and group alone (0640). Give the path that {@linkcode readWholeFile}
 * found, else a symbolic link is replaced by a file.
 *
 * Rejects, leaving everything as it was, when it cannot do all of that.
 */
export async function replaceFile(path: string, text: string, random: RandomBytes): Promise<void> {
  const old = await Deno.stat(path).catch(undefinedIfMissing);
  // Beside the file, as a rename does not cross file systems; new, so that nobody can hold it open.
  const draft = join(dirname(path), `.${basename(path)}.${random(8).toHex()}`);
  try {
    await writeNew(draft, text);
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

async function writeNew(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  // On disk before it takes the old one's place.
  await file.sync();
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  throw error;
}
