/**
 * Looking at the templates of a folder before any mail is made of them.
 *
 * @module
 */

import { primaryLanguage } from "../domain/language.ts";
import type { Engines } from "./liquid_engines.ts";
import { templateError } from "./liquid_error.ts";
import { RenderError } from "./port.ts";
import { SHARED, type TemplateFolder, WORDS } from "./template_folder.ts";
import type { Template } from "./words.ts";

/** The languages that the folder has words for. */
export function languagesOf(folder: TemplateFolder): readonly string[] {
  const files = [...folder.files.keys()].filter((file) => file.endsWith(`/${WORDS}`));
  return files.map((file) => file.slice(0, -WORDS.length - 1));
}

/** Whether mails in the language are made of any file in the folder. */
export function isChanged(language: string, { files }: TemplateFolder): boolean {
  if (SHARED.some((name) => files.has(`${name}.liquid`))) return true;
  const primary = primaryLanguage(language);
  return [...files.keys()].some((file) => {
    return file.startsWith(`${language}/`) || file.startsWith(`${primary}/`);
  });
}

/** What is wrong with templates that cannot even be parsed, those included that no sample needs. */
export function parseErrors(
  { html }: Engines,
  templates: ReadonlyMap<string, Template>,
): readonly RenderError[] {
  const errors: RenderError[] = [];
  for (const name of templates.keys()) {
    try {
      html.parseFileSync(name);
    } catch (error) {
      errors.push(templateError(error, templates));
    }
  }
  return errors;
}

/** Several errors as one, whose message has each line once. */
export function joinedErrors(errors: readonly unknown[]): RenderError | undefined {
  const lines = errors.flatMap((error) => {
    if (!(error instanceof RenderError)) throw error;
    return error.message.split("\n");
  });
  return lines.length === 0 ? undefined : new RenderError([...new Set(lines)].join("\n"));
}
