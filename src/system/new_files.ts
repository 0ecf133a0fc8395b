/**
 * Writes several new files together, never over others.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { writeNewFile } from "./atomic_file.ts";
import type { RandomBytes } from "./random.ts";
import { WriteError, writing } from "./write_error.ts";

/** Files by their paths in a folder. */
export type NewFiles = ReadonlyMap<string, string | Uint8Array>;

/**
 * Writes the files into a folder, which is made unless it exists, for everybody to enter; only their
 * owner may read the files. Where one of them is already there, or the system refuses one, there is none of them afterwards.
 *
 * @throws {WriteError} When it is so.
 */
export async function writeNewFiles(
  folder: string,
  files: NewFiles,
  random: RandomBytes,
): Promise<void> {
  const made: string[] = []; // the innermost last
  const written: string[] = [];
  const makeFolder = async (path: string): Promise<void> => {
    if (await exists(path)) return;
    await makeFolder(dirname(path));
    await Deno.mkdir(path, { mode: 0o755 });
    made.push(path);
  };
  // Whole files get their names: a link is never made over another file.
  const draft = join(folder, `.new-${random(8).toHex()}`);
  try {
    for (const [name, content] of files) {
      const path = join(folder, name);
      await writing(path, async () => {
        await refuseExisting(path);
        await makeFolder(dirname(path));
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        await writeNewFile(draft, bytes);
        await Deno.link(draft, path);
        written.push(path);
        await Deno.remove(draft);
      });
    }
  } catch (error) {
    for (const path of [draft, ...written, ...made.reverse()]) {
      await Deno.remove(path).catch(() => {}); // what was not made, or is used by others now
    }
    throw error;
  }
}

async function refuseExisting(path: string): Promise<void> {
  if (await exists(path)) throw new WriteError(path, "it exists already, and is left as it is");
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
