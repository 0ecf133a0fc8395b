/**
 * Fills disks.
 *
 * @module
 */

import { runToEnd } from "../../process/run_to_end.ts";

/** Fills the disk of a folder, until the result is disposed of. */
export async function fillDisk(folder: string): Promise<AsyncDisposable> {
  const file = `${folder}/filling`;
  const { errors } = await runToEnd(["dd", "if=/dev/zero", `of=${file}`, "bs=64k"]);
  if (!errors.includes("No space left")) throw new Error(`the disk is not full:\n${errors}`);
  return { [Symbol.asyncDispose]: () => Deno.remove(file) };
}
