/**
 * The transport that writes each mail to a file in a folder, which mail clients can open.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { MINUTE } from "../settings/duration.ts";
import { path } from "../settings/kinds.ts";
import { writeNewFile } from "../system/atomic_file.ts";
import { describeFileError } from "../system/file_error.ts";
import { composeMail } from "./compose/compose.ts";
import type { Failure, MailTransport } from "./port.ts";
import { deferred, notComposed, stopped } from "./receipt.ts";

/** The keys of the transport's section in the configuration. */
export const fileSection = z.strictObject({
  folder: path("folder").describe("The folder for the files, one for each email."),
});

/** The section's settings. */
export type FileSettings = z.output<typeof fileSection>;

/** Opens the transport. The first mail creates the folder, for its owner alone. */
export function openFileTransport({ folder }: FileSettings): MailTransport {
  // One at a time: two attempts at the same mail have to find each other's file.
  let last: Promise<unknown> = Promise.resolve();
  return {
    name: "file",
    concurrency: 1,
    // Writing has no time limit; this is ample.
    longestSend: MINUTE,
    async send(message, options) {
      if (options?.signal?.aborted) return stopped("data");
      const mail = await composeMail(message);
      if (mail.kind === "refused") return notComposed(mail.reason);
      const written = last.then(() =>
        options?.signal?.aborted
          ? undefined
          : writeMail(folder, message.messageId, message.date, mail.bytes)
      );
      last = written.catch(() => {});
      try {
        const name = await written;
        return name === undefined
          ? stopped("data")
          : { kind: "accepted", response: `written as ${name}` };
      } catch (error) {
        return deferred(writeFailure(folder, error), "ours");
      }
    },
    async check() {
      try {
        await createFolder(folder);
        await writeNew(join(folder, `.check-${Deno.pid}.tmp`), new Uint8Array(), Deno.remove);
        return undefined;
      } catch (error) {
        return writeFailure(folder, error);
      }
    },
    async [Symbol.asyncDispose]() {
      await last;
    },
  };
}

async function writeMail(
  folder: string,
  messageId: string,
  date: number,
  bytes: Uint8Array,
): Promise<string> {
  await createFolder(folder);
  const ending = `-${safeName(messageId)}.eml`;
  const day = new Date(date).toISOString().replaceAll(":", "").replace(/\.[0-9]+Z$/, "Z");
  const name = await findName(folder, ending) ?? `${day}${ending}`;
  await writeNew(
    join(folder, `.${name}.${Deno.pid}.tmp`),
    bytes,
    (temporary) => Deno.rename(temporary, join(folder, name)),
  );
  return name;
}

async function createFolder(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
}

// Characters that every file system takes in names; the digest keeps the names different.
function safeName(messageId: string): string {
  const digest = createHash("sha256").update(messageId).digest("hex").slice(0, 16);
  const readable = messageId.replace(/@.*$/s, "").replace(/[^A-Za-z0-9]/g, "").slice(0, 40);
  return `${readable}-${digest}`;
}

async function findName(folder: string, ending: string): Promise<string | undefined> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && !entry.name.startsWith(".") && entry.name.endsWith(ending)) {
      return entry.name;
    }
  }
  return undefined;
}

async function writeNew(
  path: string,
  bytes: Uint8Array,
  finish: (path: string) => Promise<void>,
): Promise<void> {
  await Deno.remove(path).catch(ignoreMissing);
  try {
    await writeNewFile(path, bytes);
    await finish(path);
  } catch (error) {
    await Deno.remove(path).catch(ignoreMissing);
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function writeFailure(folder: string, error: unknown): Failure {
  const reason = describeFileError(error, folder, "write");
  return {
    stage: "data",
    reason: `the folder for emails cannot be written to: ${reason}`,
    general: true,
  };
}
