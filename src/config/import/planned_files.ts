/**
 * A machine on which some files are written already.
 *
 * @module
 */

import { dirname } from "node:path";
import type { ConfigEnvironment } from "../source/environment.ts";

/** The content of files by their absolute paths. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** The machine as it will be with these files, so that what refers to them can be checked before. */
export function withFiles(environment: ConfigEnvironment, files: Files): ConfigEnvironment {
  const folders = new Set([...files.keys()].map((path) => dirname(path)));
  return {
    ...environment,
    readText(path) {
      const content = files.get(path);
      if (content === undefined) return environment.readText(path);
      return typeof content === "string" ? content : new TextDecoder().decode(content);
    },
    readBytes(path) {
      const content = files.get(path);
      if (content === undefined) return environment.readBytes(path);
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    tryReading(path, kind) {
      if (!files.has(path)) environment.tryReading(path, kind);
    },
    mode: (path) => files.has(path) ? 0o600 : environment.mode?.(path),
    exists: (path) => files.has(path) || folders.has(path) || environment.exists(path),
  };
}
