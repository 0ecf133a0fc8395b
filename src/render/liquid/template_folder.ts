/**
 * The folder of templates that an administrator wrote, which go before those that are built in.
 *
 * @module
 */

import { join } from "node:path";
import { ReadError, readError, readText } from "../../system/read_file.ts";
import { printable } from "../../text/printable.ts";
import { RenderError } from "../port.ts";
import { MAIL_TEMPLATES, PAGE_TEMPLATES } from "./template_names.ts";

/** Templates that go before the built-in ones. */
export interface TemplateFolder {
  /** Where the folder is. */
  readonly path: string;
  /** What its files say, by their paths below the folder: `html.liquid`, `de/words.yaml`. */
  readonly files: ReadonlyMap<string, string>;
}

// The largest of ours is a tenth of this.
const MAX_BYTES = 100_000;

const BOTH = [MAIL_TEMPLATES, PAGE_TEMPLATES];
const SHARED_FILES = BOTH.flatMap(({ shared }) => shared.map((name) => `${name}.liquid`));
const WORDS_FILES = BOTH.map(({ words }) => words);
const LANGUAGE_FILES = [...SHARED_FILES, ...WORDS_FILES];

/**
 * Reads all templates of a folder at once, so that nothing of it is read later. Files that are no
 * templates may lie there as well.
 *
 * @throws {RenderError} When it cannot be read, or a name looks like a template's and is none; the
 *   message has a line for each reason.
 */
export function readTemplateFolder(path: string): TemplateFolder {
  const files = new Map<string, string>();
  const problems: string[] = [];
  for (const entry of entries(path)) {
    const isLanguage = canonical(entry) !== undefined && stat(join(path, entry)).isDirectory;
    if (!isLanguage) {
      take(entry, SHARED_FILES);
      refuseWords(entry);
      continue;
    }
    if (canonical(entry) !== entry) {
      problems.push(`${shown(entry)}: call the folder ${canonical(entry)}`);
      continue;
    }
    for (const name of entries(join(path, entry))) take(`${entry}/${name}`, LANGUAGE_FILES);
  }
  if (problems.length > 0) throw new RenderError(problems.join("\n"));
  return { path, files };

  function take(file: string, known: readonly string[]): void {
    if (!/\.(?:liquid|ya?ml)$/.test(file)) return;
    const name = file.slice(file.indexOf("/") + 1);
    if (!known.includes(name)) {
      problems.push(`${shown(file)}: is no template: the names here are ${known.join(", ")}`);
      return;
    }
    try {
      files.set(file, readText(join(path, file), { maxBytes: MAX_BYTES }));
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      problems.push(`${shown(file)}: cannot be read: ${error.reason}`);
    }
  }

  // In pt_BR or "german" somebody would look for words in vain.
  function refuseWords(entry: string): void {
    if (entry.startsWith(".") || !stat(join(path, entry)).isDirectory) return;
    const words = entries(join(path, entry)).find((name) => WORDS_FILES.includes(name));
    if (words === undefined) return;
    const rename = "is no language's tag, such as de or pt-BR: rename the folder";
    problems.push(`${shown(entry)}: ${rename}, or take ${words} out of it`);
  }

  function shown(file: string): string {
    return printable(join(path, file));
  }
}

function entries(folder: string): string[] {
  return trying(folder, () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort());
}

// What a link leads to: where configurations are mounted, every file is one.
function stat(path: string): Deno.FileInfo {
  return trying(path, () => Deno.statSync(path));
}

function trying<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new RenderError(`the template ${readError(path, error).message}`, { cause: error });
  }
}

function canonical(name: string): string | undefined {
  // Three letters at most: "backup" would be a language, too.
  if (!/^[a-z]{2,3}(?:-|$)/i.test(name)) return undefined;
  try {
    return Intl.getCanonicalLocales(name)[0];
  } catch {
    return undefined;
  }
}
