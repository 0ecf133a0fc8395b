/**
 * Where in the templates something was written.
 *
 * @module
 */

import { readConfiguredFile } from "../app/configured_file.ts";
import { readOwnTemplates } from "../app/renderer.ts";
import type { Settings } from "../config/sections/settings.ts";
import { readBuiltIn } from "../render/liquid/built_in.ts";
import type { Template } from "../render/liquid/sentences.ts";
import { readTemplates } from "../render/liquid/template_set.ts";
import type { Finding } from "./lint_mail.ts";
import { legacyFiles } from "./template_paths.ts";

/** Says where a finding in a language was written: file, line and column. */
export type FindPlace = (finding: Finding, language: string) => Promise<string>;

/**
 * Looks for places in the templates that the settings name. What is found in none is said of the
 * part's first line.
 */
export function openPlaces(settings: Settings): FindPlace {
  const legacy = legacyFiles(settings);
  const own = readOwnTemplates(settings);

  async function sources(language: string): Promise<ReadonlyMap<string, Template>> {
    if (legacy.length === 0) {
      return await readTemplates(language, { builtIn: readBuiltIn, ...own });
    }
    // In the part's own character set, which does not matter to what is looked for.
    const texts = legacy.map((file): [string, Template] => [file, {
      source: new TextDecoder("latin1").decode(readConfiguredFile(file)),
      file,
      line: 1,
    }]);
    return new Map(texts);
  }

  // There may be a finding in each sample.
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
