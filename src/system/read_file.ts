/**
 * Reads the files that the configuration names, with one wording for why one cannot be read.
 *
 * @module
 */

import { printable } from "../text/printable.ts";
import { describeFileError } from "./file_error.ts";

/** A file or a folder that cannot be read: `"/etc/mxisd/key.pem" cannot be read: ...`. */
export class ReadError extends Error {
  /** The name of this kind of error. */
  override readonly name = "ReadError";

  /** Takes the path and the reason, which fits after "cannot be read:". */
  constructor(readonly path: string, readonly reason: string, options?: ErrorOptions) {
    super(`"${printable(path)}" cannot be read: ${reason}`, options);
  }
}

/** The files that may be read. */
export interface ReadLimits {
  readonly maxBytes: number;
  /**
   * Whether a named pipe may be read, such as the shell's `<(command)`: it has no known size, and
   * reading it waits for its writer. By default it may not.
   */
  readonly pipe?: boolean | undefined;
}

/**
 * The content of a file.
 *
 * @throws {ReadError} When it cannot be read.
 */
export function readBytes(path: string, limits: ReadLimits): Uint8Array {
  return reading(path, () => {
    checkReadable(path, Deno.statSync(path), limits);
    return Deno.readFileSync(path);
  });
}

/**
 * The content of a text file, without its byte order mark.
 *
 * @throws {ReadError} When it cannot be read, or is not UTF-8.
 */
export function readText(path: string, limits: ReadLimits): string {
  return decodeText(path, readBytes(path, limits));
}

/**
 * Runs work that reads a file or a folder.
 *
 * @throws {ReadError} When it throws, with that error as the cause.
 */
export function reading<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw readError(path, error);
  }
}

/** The error for a path that could not be read, with the error that Deno threw. */
export function readError(path: string, cause: unknown): ReadError {
  if (cause instanceof ReadError) return cause;
  return new ReadError(path, describeFileError(cause, path), { cause });
}

/**
 * Checks that a path is a file of bounded size: a pipe may wait for ever, and a device may not end.
 *
 * @throws {ReadError} When it is not.
 */
export function checkReadable(path: string, info: Deno.FileInfo, limits: ReadLimits): void {
  const { maxBytes, pipe = false } = limits;
  if (info.isDirectory) throw new ReadError(path, "it is a folder");
  if (!info.isFile && !(pipe && info.isFifo)) throw new ReadError(path, "it is not a regular file");
  if (info.size > maxBytes) {
    throw new ReadError(path, `it is larger than ${formatSize(maxBytes)}`);
  }
}

/**
 * The text of a file's content. A byte order mark is dropped.
 *
 * @throws {ReadError} When it is not UTF-8.
 */
export function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ReadError(path, "it is not UTF-8 text", { cause });
  }
}

function formatSize(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return Number.isInteger(mebibytes) ? `${mebibytes} MiB` : `${bytes} bytes`;
}
