/**
 * Reads new messages of a Maildir, and marks them as read.
 *
 * @module
 */

import { join } from "node:path";
import { describeFileError, isSystemError } from "../../system/file_error.ts";

/** New messages, and what could not be read. */
export interface NewMessages {
  readonly messages: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Why others cannot be read, by their names; the folder itself has an empty name. */
  readonly problems: readonly { readonly name: string; readonly reason: string }[];
}

/** Which messages to read. */
export interface ReadOptions {
  /** Those not to try again. */
  readonly except: readonly string[];
  /** The maximum number. */
  readonly count: number;
  /** How much of each is read, in bytes. */
  readonly maxBytes: number;
}

/** Reads new messages, the oldest first as far as their names say so. */
export async function readNew(
  folder: string,
  { except, count, maxBytes }: ReadOptions,
): Promise<NewMessages> {
  const skipped = new Set(except);
  const messages: { name: string; bytes: Uint8Array }[] = [];
  const problems: { name: string; reason: string }[] = [];
  for (const name of await namesIn(join(folder, "new"), problems)) {
    if (messages.length + problems.length >= count) break;
    if (skipped.has(name)) continue;
    const path = join(folder, "new", name);
    try {
      if ((await Deno.lstat(path)).isFile) {
        messages.push({ name, bytes: await readStart(path, maxBytes) });
      } else problems.push({ name, reason: "it is not a regular file" });
    } catch (error) {
      // It was taken by somebody else.
      if (error instanceof Deno.errors.NotFound) continue;
      problems.push({ name, reason: reasonOf(error, path) });
    }
  }
  return { messages, problems };
}

/** Marks a message as read: it is moved from new/ to cur/. Returns why that failed. */
export async function markRead(folder: string, name: string): Promise<string | undefined> {
  const target = join(folder, "cur", `${name.replace(/:2,[^:]*$/, "")}:2,S`);
  try {
    await Deno.rename(join(folder, "new", name), target);
    return undefined;
  } catch (error) {
    return reasonOf(error, target);
  }
}

async function namesIn(
  folder: string,
  problems: { name: string; reason: string }[],
): Promise<readonly string[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return names.filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    problems.push({ name: "", reason: reasonOf(error, folder) });
    return [];
  }
}

async function readStart(path: string, maxBytes: number): Promise<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  const bytes = new Uint8Array(maxBytes);
  let size = 0;
  while (size < maxBytes) {
    const read = await file.read(bytes.subarray(size));
    if (read === null) break;
    size += read;
  }
  return bytes.slice(0, size);
}

function reasonOf(error: unknown, path: string): string {
  if (!isSystemError(error)) throw error;
  return describeFileError(error, path, "write");
}
