/**
 * The templates of all languages: opened when they are first needed, read before.
 *
 * @module
 */

import { readBuiltIn } from "./built_in.ts";
import { type Engines, openEngines, type Part } from "./engines.ts";
import { templateError } from "./error.ts";
import { LANGUAGES, LAST_RESORT } from "./languages.ts";
import { isChanged, joinedErrors, languagesOf, parseErrors } from "./library_check.ts";
import type { Template } from "./sentences.ts";
import type { TemplateFolder } from "./template_folder.ts";
import type { TemplateNames } from "./template_names.ts";
import { readFiles, type ReadTemplate, readTemplates } from "./template_set.ts";

/** Where templates come from. */
export interface LibraryOptions {
  /** The built-in ones; those that the program has inside by default. */
  readonly readTemplate?: ReadTemplate;
  /** Templates that go before these. */
  readonly folder?: TemplateFolder | undefined;
}

/** The templates of one language. */
export interface OpenedTemplates {
  /**
   * Renders a template with what it may say, escaped for a part of a mail.
   *
   * @throws {RenderError} When it cannot be rendered.
   */
  fill(name: string, part: Part, scope: object): string;
}

interface ParsedTemplates extends OpenedTemplates {
  readonly engines: Engines;
  readonly templates: ReadonlyMap<string, Template>;
}

/** Templates in all languages that there are words for. */
export interface TemplateLibrary {
  /** Their tags (BCP 47). */
  readonly languages: readonly string[];
  /**
   * The templates of a language.
   *
   * @throws {RenderError} When they cannot be read, or one is broken.
   */
  open(language: string): Promise<OpenedTemplates>;
  /**
   * Reads all files, so that opening reads nothing more, and looks at all that comes from the
   * folder.
   *
   * @param renderSamples Begins to render each sample in a language.
   * @throws {RenderError} With a line for each thing that is wrong.
   */
  check(renderSamples: (language: string) => readonly Promise<unknown>[]): Promise<void>;
}

/** Opens a library; nothing is read before the check or the first use. */
export function openLibrary(names: TemplateNames, options: LibraryOptions): TemplateLibrary {
  const { readTemplate = readBuiltIn, folder } = options;
  const builtIn = remembered(readTemplate);
  const sources = { builtIn, folder };
  const own = folder ? languagesOf(folder, names) : [];
  const languages = [...new Set([...LANGUAGES, ...own])];
  const open = remembered(async (language: string): Promise<ParsedTemplates> => {
    try {
      const templates = await readTemplates(language, sources, names);
      return opened(templates, await openEngines(language, templates));
    } catch (error) {
      throw templateError(error, new Map());
    }
  });

  async function check(
    renderSamples: (language: string) => readonly Promise<unknown>[],
  ): Promise<void> {
    const errors: unknown[] = [];
    for (const language of languages) {
      try {
        const changed = folder !== undefined && isChanged(language, folder, names);
        // Parsing ten languages takes time and memory that the start has better use for.
        if (!changed && language !== LAST_RESORT) {
          await readFiles(language, sources, names);
          continue;
        }
        const { engines, templates } = await open(language);
        if (!changed) continue;
        errors.push(...parseErrors(engines, templates));
        for (const sample of await Promise.allSettled(renderSamples(language))) {
          if (sample.status === "rejected") errors.push(sample.reason);
        }
      } catch (error) {
        errors.push(templateError(error, new Map()));
      }
    }
    const error = joinedErrors(errors);
    if (error) throw error;
  }

  return { languages, open, check };
}

function opened(templates: ReadonlyMap<string, Template>, engines: Engines): ParsedTemplates {
  return {
    engines,
    templates,
    fill(name, part, scope) {
      try {
        // Not the asynchronous form, which takes twice the time; a parsed template serves only one.
        return engines[part].renderFileSync(name, scope);
      } catch (error) {
        throw templateError(error, templates);
      }
    },
  };
}

/** Asks once for each key; what failed is asked for again. */
function remembered<Value>(get: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const value = known.get(key) ?? get(key);
    known.set(key, value);
    value.catch(() => known.delete(key));
    return value;
  };
}
