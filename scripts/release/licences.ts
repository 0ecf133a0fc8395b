/**
 * The licences of what is inside an executable.
 *
 * @module
 */

import { join } from "node:path";
import { packageCache } from "../package_cache.ts";
import type { LockedPackage } from "./lock_file.ts";

/** A package with its licence. */
export interface LicensedPackage extends LockedPackage {
  /** An SPDX expression, such as `MIT`; `undefined` if the package does not name it. */
  readonly licence: string | undefined;
  /** The texts of its licence files. */
  readonly texts: readonly string[];
}

// Other spellings are in use, and files beside it with the licences of what was copied in.
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;

/** The licence of Deno's runtime, which executables begin with. */
export const RUNTIME_NOTICE =
  "Deno (https://deno.com) is licensed under the MIT License, copyright the Deno authors. It contains " +
  "V8, SQLite and many libraries of Rust, whose licences are in its source: " +
  "https://github.com/denoland/deno";

/**
 * Reads the licences of packages from Deno's cache.
 *
 * @throws {Error} When a package is not in the cache.
 */
export async function readLicences(
  packages: readonly LockedPackage[],
): Promise<readonly LicensedPackage[]> {
  const folder = join(await packageCache(), "registry.npmjs.org");
  return await Promise.all(packages.map(async (locked) => {
    const home = join(folder, locked.name, locked.version);
    const manifest = JSON.parse(await Deno.readTextFile(join(home, "package.json")));
    const names = (await Array.fromAsync(Deno.readDir(home))).map(({ name }) => name);
    const files = names.filter((name) => LICENCE_FILE.test(name)).sort();
    const texts = await Promise.all(files.map((name) => Deno.readTextFile(join(home, name))));
    const { license } = manifest;
    return { ...locked, texts, licence: typeof license === "string" ? license : undefined };
  }));
}

/** The texts of all licences as one document. */
export function licenceDocument(packages: readonly LicensedPackage[]): string {
  const parts = packages.map(({ name, version, licence, texts }) => {
    const title = `${name} ${version} (${licence ?? "see its text"})`;
    const text = texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n");
    return `${title}\n${"-".repeat(title.length)}\n\n${text || "The package has no text of it."}\n`;
  });
  const intro = "The executable contains these packages and Deno's runtime.\n";
  return [intro, ...parts, `Deno\n----\n\n${RUNTIME_NOTICE}\n`].join("\n\n");
}
