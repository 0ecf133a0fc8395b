/**
 * Finds where in the templates something was written.
 *
 * @module
 */

import { readConfiguredFile } from "../app/configured_file.ts";
import { readOwnTemplates } from "../app/renderer.ts";
import type { Settings } from "../config/sections/settings.ts";
import { readBuiltIn } from "../render/liquid/built_in.ts";
import type { Template } from "../render/liquid/sentences.ts";
import { readTemplates } from "../render/liquid/template_set.ts";
import type { LintResult } from "./lint_mail.ts";
import { legacyFiles } from "./template_paths.ts";

/** Returns the position of a result for mails in a language: file, line and column. */
export type Locate = (result: LintResult, language: string) => Promise<string>;

/**
 * Opens a search of the templates that the settings name. For what is in none of them it returns
 * the first line of the part's template.
 */
export function openLocator(settings: Settings): Locate {
  const legacy = legacyFiles(settings);
  const folder = readOwnTemplates(settings);

  async function sources(language: string): Promise<ReadonlyMap<string, Template>> {
    if (legacy.length === 0) {
      return await readTemplates(language, { builtIn: readBuiltIn, folder });
    }
    // The character set does not matter to what is searched for.
    const texts = legacy.map((file): [string, Template] => [file, {
      source: new TextDecoder("latin1").decode(readConfiguredFile(file)),
      file,
      line: 1,
    }]);
    return new Map(texts);
  }

  // Each sample may have results.
  const read = new Map<string, ReturnType<typeof sources>>();
  return async ({ part, source }, language) => {
    const reading = read.get(language) ?? sources(language);
    read.set(language, reading);
    const templates = await reading;
    const first = templates.get(part) ?? templates.values().next().value;
    for (const template of [first, ...templates.values()]) {
      const at = source === undefined ? -1 : template?.source.indexOf(source) ?? -1;
      if (template === undefined || at < 0) continue;
      const before = template.source.slice(0, at).split("\n");
      const line = template.line + before.length - 1;
      return `${template.file}:${line}:${(before.at(-1)?.length ?? 0) + 1}`;
    }
    return `${first?.file ?? part}:${first?.line ?? 1}:1`;
  };
}
