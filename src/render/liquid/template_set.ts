/**
 * All templates that something in a language is made of.
 *
 * @module
 */

import { primaryLanguage } from "../../domain/language.ts";
import { RenderError } from "../port.ts";
import { LAST_RESORT } from "./languages.ts";
import { parseWords, type Sentence, type Template, wordTemplates } from "./sentences.ts";
import type { TemplateFolder } from "./template_folder.ts";
import { MAIL_TEMPLATES, type TemplateNames } from "./template_names.ts";

/** Reads a built-in template by its path below `templates/`; `undefined` when there is none. */
export type ReadTemplate = (path: string) => Promise<string | undefined>;

/** Where templates come from. */
export interface TemplateSources {
  /** Those that are built in. */
  readonly builtIn: ReadTemplate;
  /** Those that go before them. */
  readonly folder?: TemplateFolder | undefined;
}

/**
 * The templates of a language by the names they are included by: the shared ones, of which the
 * language may have its own form, and each sentence as `words/<its name>`. The sentences of a
 * language with a region (`de-AT`) are those of the language (`de`) where it has none of its own, and
 * those in the folder replace the built-in ones one by one.
 *
 * @throws {RenderError} When a file is broken, or a sentence is missing; the message has a line for
 *   each reason.
 */
export async function readTemplates(
  language: string,
  sources: TemplateSources,
  names: TemplateNames = MAIL_TEMPLATES,
): Promise<ReadonlyMap<string, Template>> {
  const { shared, words } = await readFiles(language, sources, names);
  const sentences = joined(words);
  const used = [...shared.values()].map(({ source }) => source).join("\n");
  // What is built in was tested.
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
 * The files that a language's templates are in: the shared ones by name, and those of sentences, of
 * which each goes before those before it.
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

/** The sentences of several files: each goes before those of the files before. */
function joined(files: readonly Template[]): Map<string, Sentence> {
  const parsed = files.map(({ source, file }) => parseWords(source, file));
  const problems = parsed.flatMap((words) => words.problems);
  if (problems.length > 0) throw new RenderError(problems.join("\n"));
  return new Map(parsed.flatMap((words) => [...words.sentences]));
}

// English is whole, and says which sentences there are. One more may stand in the folder where a
// template there uses it; a slip of the pen would else do nothing.
async function expectComplete(
  language: string,
  sentences: ReadonlyMap<string, Sentence>,
  used: string,
  sources: TemplateSources,
  { words }: TemplateNames,
): Promise<void> {
  const path = `${LAST_RESORT}/${words}`;
  const whole = await builtInTemplate(path, sources);
  const english = joined(whole ? [whole] : []);
  const missing = [...english.keys()].filter((name) => !sentences.has(name));
  const problems: string[] = [];
  if (missing.length > 0) {
    const file = `${sources.folder?.path ?? "templates"}/${language}/${words}`;
    problems.push(`${file}: lacks ${missing.join(", ")}: ${builtInPath(path)} has all in English`);
  }
  for (const [name, { file, line }] of sentences) {
    if (english.has(name) || used.includes(`"words/${name}"`)) continue;
    problems.push(`${file}:${line}: ${name}: no template has such a sentence`);
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

// The language, and where it has a region or a script, the language without.
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
