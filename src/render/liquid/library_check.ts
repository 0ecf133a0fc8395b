/**
 * Checks the templates of a folder before mails are rendered with them.
 *
 * @module
 */

import { primaryLanguage } from "../../domain/language.ts";
import { RenderError } from "../port.ts";
import type { Engines } from "./engines.ts";
import { templateError } from "./error.ts";
import type { Template } from "./sentences.ts";
import type { TemplateFolder } from "./template_folder.ts";
import type { TemplateNames } from "./template_names.ts";

/** The languages that the folder has sentences for. */
export function languagesOf({ files }: TemplateFolder, { words }: TemplateNames): string[] {
  const wordsFiles = [...files.keys()].filter((file) => file.endsWith(`/${words}`));
  return wordsFiles.map((file) => file.slice(0, -words.length - 1));
}

/** Whether the folder has a file that is used in the language. */
export function isChanged(
  language: string,
  { files }: TemplateFolder,
  { shared, words }: TemplateNames,
): boolean {
  const names = shared.map((name) => `${name}.liquid`);
  const folders = ["", `${language}/`, `${primaryLanguage(language)}/`];
  return folders.some((folder) => [...names, words].some((name) => files.has(folder + name)));
}

/** The errors of templates that cannot be parsed, including those that no sample uses. */
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

/** Joins errors into one whose message has each line once; `undefined` when there are none. */
export function joinErrors(errors: readonly unknown[]): RenderError | undefined {
  const lines = errors.flatMap((error) => {
    if (!(error instanceof RenderError)) throw error;
    return error.message.split("\n");
  });
  return lines.length === 0 ? undefined : new RenderError([...new Set(lines)].join("\n"));
}
