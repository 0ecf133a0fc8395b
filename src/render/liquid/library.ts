/**
 * Opens the templates of each language when they are first needed.
 *
 * @module
 */

import { readBuiltIn } from "./built_in.ts";
import { type Engines, openEngines, type Part } from "./engines.ts";
import { templateError } from "./error.ts";
import { FALLBACK_LANGUAGE, LANGUAGES } from "./languages.ts";
import { isChanged, joinErrors, languagesOf, parseErrors } from "./library_check.ts";
import type { Template } from "./sentences.ts";
import type { TemplateFolder } from "./template_folder.ts";
import type { TemplateNames } from "./template_names.ts";
import {
  readFiles,
  type ReadTemplate,
  readTemplates,
  type TemplateSources,
} from "./template_set.ts";

/** Where templates are read from. */
export interface LibraryOptions {
  /** Reads built-in templates; by default those of the program. */
  readonly readTemplate?: ReadTemplate | undefined;
  /** Templates that take precedence over the built-in ones. */
  readonly folder?: TemplateFolder | undefined;
}

/** The templates of one language. */
export interface OpenedTemplates {
  /**
   * Renders a template with values, escaped for a part of a mail.
   *
   * @throws {RenderError} When it cannot be rendered.
   */
  fill(name: string, part: Part, scope: object): string;
}

interface ParsedTemplates extends OpenedTemplates {
  readonly engines: Engines;
  readonly templates: ReadonlyMap<string, Template>;
}

/** Templates in all languages that have sentences. */
export interface TemplateLibrary {
  /** Their BCP 47 tags. */
  readonly languages: readonly string[];
  /**
   * The templates of a language.
   *
   * @throws {RenderError} When they cannot be read, or one is broken.
   */
  open(language: string): Promise<OpenedTemplates>;
  /**
   * Reads all files, so that opening reads nothing more.
   *
   * @throws {RenderError} When a built-in one is missing.
   */
  load(): Promise<void>;
  /**
   * Reads all files, and checks the folder's templates.
   *
   * @param renderSamples Begins to render each sample in a language.
   * @throws {RenderError} When a template is broken; the message has a line for each reason.
   */
  check(renderSamples: (language: string) => readonly Promise<unknown>[]): Promise<void>;
}

/** Opens a library. Nothing is read before it is loaded, checked or used. */
export function openLibrary(names: TemplateNames, options: LibraryOptions): TemplateLibrary {
  const { readTemplate, folder } = options;
  const builtIn = readTemplate ? memoize(readTemplate) : readOnce;
  const sources = { builtIn, folder };
  const own = folder ? languagesOf(folder, names) : [];
  const languages = [...new Set([...LANGUAGES, ...own])];
  const isProgramsOwn = readTemplate === undefined && folder === undefined;
  const open = isProgramsOwn ? openOnce(names) : memoize(opener(names, sources));

  async function load(): Promise<void> {
    for (const language of languages) await readFiles(language, sources, names);
  }

  async function check(
    renderSamples: (language: string) => readonly Promise<unknown>[],
  ): Promise<void> {
    const errors: unknown[] = [];
    for (const language of languages) {
      try {
        const changed = folder !== undefined && isChanged(language, folder, names);
        // Parsing ten languages at start would take time and memory.
        if (!changed && language !== FALLBACK_LANGUAGE) {
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
    const error = joinErrors(errors);
    if (error) throw error;
  }

  return { languages, open, load, check };
}

type Open = (language: string) => Promise<ParsedTemplates>;

// The program's own templates never change, so that all libraries of them share what was read and
// parsed: parsing takes much longer than rendering, also after a reload.
const readOnce: ReadTemplate = memoize(readBuiltIn);
const openedOnce = new Map<TemplateNames, Open>();

function openOnce(names: TemplateNames): Open {
  const open = openedOnce.get(names) ?? memoize(opener(names, { builtIn: readOnce }));
  openedOnce.set(names, open);
  return open;
}

function opener(names: TemplateNames, sources: TemplateSources): Open {
  return async (language) => {
    try {
      const templates = await readTemplates(language, sources, names);
      return opened(templates, await openEngines(language, templates));
    } catch (error) {
      throw templateError(error, new Map());
    }
  };
}

function opened(templates: ReadonlyMap<string, Template>, engines: Engines): ParsedTemplates {
  return {
    engines,
    templates,
    fill(name, part, scope) {
      try {
        // Synchronous, as asynchronous rendering takes twice the time; parsed templates serve only
        // one.
        return engines[part].renderFileSync(name, scope);
      } catch (error) {
        throw templateError(error, templates);
      }
    },
  };
}

/** Gets each value once; failures are tried again. */
function memoize<Value>(get: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const value = known.get(key) ?? get(key);
    known.set(key, value);
    value.catch(() => known.delete(key));
    return value;
  };
}
