/**
 * Explains the errors of the operating system about files: why, and what to do.
 *
 * @module
 */

import { printable } from "../text/printable.ts";
import { describeDenied } from "./denied.ts";

/** What was tried with a file or a folder. */
export type FileUse = "read" | "write";

// Words that fit after "cannot be read:" and "cannot be written:".
const REASONS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "part of its path is not a folder",
  EISDIR: "it is a folder",
  EROFS: "its file system is read-only: choose another folder, or make this one writable " +
    "(systemd: ReadWritePaths=)",
  ENAMETOOLONG: "its name or path is too long: most systems take 255 bytes for a name, and 4,095 " +
    "for a path",
  ENOSPC: "no space or no inode is left on its file system: see df and df -i",
  EDQUOT: "the quota of the user that this program runs as is used up",
  ELOOP: "its path has too many symbolic links, or they form a circle",
  EMLINK: "its folder cannot have more entries",
  EMFILE: "this process has too many files open: raise its limit (systemd: LimitNOFILE=)",
  ENFILE: "the system has too many files open: raise fs.file-max",
  EFBIG: "it would be larger than the file system or the limits of this process allow",
  EBUSY: "another program is using it",
  ETXTBSY: "it is a program that is running",
  EINTR: "the system interrupted it: try again",
  EIO: "the disk reports an error: see the system's log",
  ESTALE: "its network file system has changed: mount it again",
};

const WRITE_REASONS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "its folder does not exist: create it, or choose another",
  EEXIST: "there is already a file of this name",
};

/**
 * Why a file or a folder could not be read or written, in words that fit after "cannot be read:" or
 * "cannot be written:".
 *
 * @param path Where given, a lack of permissions says who has them, and how to give them.
 */
export function describeFileError(error: unknown, path?: string, use: FileUse = "read"): string {
  const code = codeOf(error);
  if (code === "EACCES" || code === "EPERM") {
    return describeDenied(path, use);
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "this process does not have Deno's permission for it";
  }
  const reason = code && (use === "write" && WRITE_REASONS[code] || REASONS[code]);
  if (reason) return reason;
  // Deno adds the number, the call and the path.
  return error instanceof Error
    ? printable(error.message.replace(/ \(os error \d+\).*/s, ""))
    : "unknown error";
}

/** Whether the operating system or Deno's permissions refused something: no defect of the program. */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable || codeOf(error) !== undefined;
}

// The codes of the C library; those of Node.js and of SQLite have other forms.
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") {
    return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
  }
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  if (error instanceof Deno.errors.NotADirectory) return "ENOTDIR";
  if (error instanceof Deno.errors.IsADirectory) return "EISDIR";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  return undefined;
}
