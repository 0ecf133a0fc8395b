/**
 * The templates of an old configuration.
 *
 * @module
 */

import type { ConfigEnvironment } from "../source/environment.ts";
import { textAt } from "../source/node.ts";
import type { OldFile } from "./old_file.ts";
import { findFile } from "./paths.ts";

/** The key of the template for emails by SMTP. */
export const EML = ["threepid", "medium", "email", "generators", "template", "generic", "matrixId"];
const SENDGRID = ["notification", "handlers", "sendgrid", "templates", "generic", "matrixId"];
/** The keys of all templates. */
export const TEMPLATES: readonly (readonly string[])[] = [
  EML,
  [...SENDGRID, "body", "text"],
  [...SENDGRID, "body", "html"],
];

/** The files of the templates by their keys, as far as they can be read. */
export function findTemplates(
  old: OldFile,
  environment: ConfigEnvironment,
): ReadonlyMap<readonly string[], string> {
  const found = new Map<readonly string[], string>();
  if (old.template) return found;
  for (const path of TEMPLATES) {
    const named = textAt(old.root, path);
    if (!named) continue;
    const file = findFile(named, old.file, environment);
    if (file !== undefined) found.set(path, file);
  }
  return found;
}

/** A name for a template among the new files. */
export function newName(files: ReadonlyMap<string, unknown>, base: string): string {
  for (let count = 1;; count++) {
    const name = `templates/${count === 1 ? "" : `${count}-`}${base}`;
    if (!files.has(name)) return name;
  }
}
