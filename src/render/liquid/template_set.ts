/**
 * Reads all templates of a language.
 *
 * @module
 */

import { primaryLanguage } from "../../domain/language.ts";
import { RenderError } from "../port.ts";
import { FALLBACK_LANGUAGE } from "./languages.ts";
import { parseWords, type Sentence, type Template, wordTemplates } from "./sentences.ts";
import type { TemplateFolder } from "./template_folder.ts";
import { MAIL_TEMPLATES, type TemplateNames } from "./template_names.ts";

/** Reads a built-in template by its path in `templates/`; `undefined` when it does not exist. */
export type ReadTemplate = (path: string) => Promise<string | undefined>;

/** Where templates are read from. */
export interface TemplateSources {
  readonly builtIn: ReadTemplate;
  /** Templates that take precedence over the built-in ones. */
  readonly folder?: TemplateFolder | undefined;
}

/**
 * The templates of a language by the names they are included by: the shared ones, or the language's
 * own versions of them, and each sentence as `words/<its name>`. A language with a region (`de-AT`)
 * has the sentences of the language (`de`) where it has none of its own, and those in the folder
 * replace the built-in ones one by one.
 *
 * @throws {RenderError} When a file is broken or a sentence is missing; the message has a line for each
 *   reason.
 */
export async function readTemplates(
  language: string,
  sources: TemplateSources,
  names: TemplateNames = MAIL_TEMPLATES,
): Promise<ReadonlyMap<string, Template>> {
  const { shared, words } = await readFiles(language, sources, names);
  const sentences = mergeSentences(words);
  const used = [...shared.values()].map(({ source }) => source).join("\n");
  // The built-in ones are tested.
  if (sources.folder) await expectComplete(language, sentences, used, sources, names);
  const templates = new Map(shared);
  for (const [name, sentence] of sentences) {
    for (const [part, template] of wordTemplates(`words/${name}`, sentence)) {
      templates.set(part, template);
    }
  }
  return templates;
}

/**
 * Reads the files of a language's templates: the shared ones by name, and those with sentences,
 * each of which takes precedence over the ones before it.
 *
 * @throws {RenderError} When a shared one is missing.
 */
export async function readFiles(
  language: string,
  sources: TemplateSources,
  names: TemplateNames,
): Promise<{
  readonly shared: ReadonlyMap<string, Template>;
  readonly words: readonly Template[];
}> {
  const shared = new Map<string, Template>();
  for (const name of names.shared) shared.set(name, await readShared(name, language, sources));
  const words: Template[] = [];
  for (const tag of withPrimary(language).reverse()) {
    const path = `${tag}/${names.words}`;
    const both = [await builtInTemplate(path, sources), folderTemplate(path, sources)];
    words.push(...both.filter((template) => template !== undefined));
  }
  return { shared, words };
}

/** The sentences of several files; later files take precedence. */
function mergeSentences(files: readonly Template[]): Map<string, Sentence> {
  const parsed = files.map(({ source, file }) => parseWords(source, file));
  const problems = parsed.flatMap((words) => words.problems);
  if (problems.length > 0) throw new RenderError(problems.join("\n"));
  return new Map(parsed.flatMap((words) => [...words.sentences]));
}

// English is complete and defines which sentences there are. The folder may have further ones that
// its templates use; other names are refused, as a typing error would have no effect.
async function expectComplete(
  language: string,
  sentences: ReadonlyMap<string, Sentence>,
  used: string,
  sources: TemplateSources,
  { words }: TemplateNames,
): Promise<void> {
  const path = `${FALLBACK_LANGUAGE}/${words}`;
  const template = await builtInTemplate(path, sources);
  const english = mergeSentences(template ? [template] : []);
  const missing = [...english.keys()].filter((name) => !sentences.has(name));
  const problems: string[] = [];
  if (missing.length > 0) {
    const file = `${sources.folder?.path ?? "templates"}/${language}/${words}`;
    problems.push(`${file}: lacks ${missing.join(", ")}: ${builtInPath(path)} has all in English`);
  }
  for (const [name, { file, line }] of sentences) {
    if (english.has(name) || used.includes(`"words/${name}"`)) continue;
    problems.push(`${file}:${line}: ${name}: no template uses this sentence`);
  }
  if (problems.length > 0) throw new RenderError(problems.join("\n"));
}

async function readShared(
  name: string,
  language: string,
  sources: TemplateSources,
): Promise<Template> {
  const path = `${name}.liquid`;
  const candidates = [...withPrimary(language).map((tag) => `${tag}/${path}`), path];
  for (const candidate of candidates) {
    const template = folderTemplate(candidate, sources);
    if (template) return template;
  }
  for (const candidate of candidates) {
    const template = await builtInTemplate(candidate, sources);
    if (template) return template;
  }
  throw new RenderError(`${builtInPath(path)}: there is no such file`);
}

// The language, and if it has a region or a script, the language without them.
function withPrimary(language: string): string[] {
  return [...new Set([language, primaryLanguage(language) ?? language])];
}

async function builtInTemplate(
  path: string,
  { builtIn }: TemplateSources,
): Promise<Template | undefined> {
  const source = await builtIn(path);
  return source === undefined ? undefined : { source, file: builtInPath(path), line: 1 };
}

function folderTemplate(path: string, { folder }: TemplateSources): Template | undefined {
  const source = folder?.files.get(path);
  return source === undefined ? undefined : { source, file: `${folder?.path}/${path}`, line: 1 };
}

function builtInPath(path: string): string {
  return `templates/${path}`;
}
