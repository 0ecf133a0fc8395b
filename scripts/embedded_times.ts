/**
 * Makes executables of the same source the same. `deno compile` notes in them when each file that they
 * contain was changed (https://github.com/denoland/deno/issues/31746), which differs from one machine
 * to another, also for packages in Deno's cache.
 *
 * @module
 */

import { Buffer } from "node:buffer";

const BEFORE = ',"t":';
// Milliseconds since 1970, for any time from 2001 to 2286, and the ends of the entry.
const NOTED = /^\d{13}\}\}$/;
const DIGITS = 13;

/** Gives all files in an executable the same time, and returns their number. */
export function setEmbeddedTimes(executable: Uint8Array, time: Date): number {
  const digits = `${time.getTime()}`;
  if (digits.length !== DIGITS) throw new RangeError(`${time.toISOString()} cannot be noted`);
  const bytes = Buffer.from(executable.buffer, executable.byteOffset, executable.length);
  let files = 0;
  for (let at = bytes.indexOf(BEFORE); at !== -1; at = bytes.indexOf(BEFORE, at + 1)) {
    const start = at + BEFORE.length;
    const found = bytes.toString("latin1", start, start + DIGITS + "}}".length);
    if (!NOTED.test(found)) continue;
    bytes.write(digits, start, "latin1");
    files++;
  }
  return files;
}
