/**
 * Reads the administrator's folder of templates, which take precedence over the built-in ones.
 *
 * @module
 */

import { join } from "node:path";
import { ReadError, readError, readText } from "../../system/read_file.ts";
import { printable } from "../../text/printable.ts";
import { RenderError } from "../port.ts";
import { MAIL_TEMPLATES, PAGE_TEMPLATES } from "./template_names.ts";

/** A folder of templates. */
export interface TemplateFolder {
  readonly path: string;
  /** The files' texts, by their paths in the folder: `html.liquid`, `de/words.yaml`. */
  readonly files: ReadonlyMap<string, string>;
}

// Ten times the largest built-in template.
const MAX_BYTES = 100_000;

const BOTH = [MAIL_TEMPLATES, PAGE_TEMPLATES];
const SHARED_FILES = BOTH.flatMap(({ shared }) => shared.map((name) => `${name}.liquid`));
const WORDS_FILES = BOTH.map(({ words }) => words);
const LANGUAGE_FILES = [...SHARED_FILES, ...WORDS_FILES];

/**
 * Reads all templates of a folder at once, so that none is read later. The folder may contain other
 * files.
 *
 * @throws {RenderError} When it cannot be read, or a file only looks like a template by its name; the
 *   message has a line for each reason.
 */
export function readTemplateFolder(path: string): TemplateFolder {
  const files = new Map<string, string>();
  const problems: string[] = [];
  for (const entry of entries(path)) {
    const isLanguage = canonicalTag(entry) !== undefined && stat(join(path, entry)).isDirectory;
    if (!isLanguage) {
      addFile(entry, SHARED_FILES);
      refuseWords(entry);
      continue;
    }
    if (canonicalTag(entry) !== entry) {
      problems.push(`${shown(entry)}: rename the folder to ${canonicalTag(entry)}`);
      continue;
    }
    for (const name of entries(join(path, entry))) addFile(`${entry}/${name}`, LANGUAGE_FILES);
  }
  if (problems.length > 0) throw new RenderError(problems.join("\n"));
  return { path, files };

  function addFile(file: string, known: readonly string[]): void {
    if (!/\.(?:liquid|ya?ml)$/.test(file)) return;
    const name = file.slice(file.indexOf("/") + 1);
    if (!known.includes(name)) {
      problems.push(`${shown(file)}: is not a template: the names here are ${known.join(", ")}`);
      return;
    }
    try {
      files.set(file, readText(join(path, file), { maxBytes: MAX_BYTES }));
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      problems.push(`${shown(file)}: cannot be read: ${error.reason}`);
    }
  }

  // A folder such as pt_BR or "german" would have no effect.
  function refuseWords(entry: string): void {
    if (entry.startsWith(".") || !stat(join(path, entry)).isDirectory) return;
    const words = entries(join(path, entry)).find((name) => WORDS_FILES.includes(name));
    if (words === undefined) return;
    const rename = "is not a language tag such as de or pt-BR: rename the folder";
    problems.push(`${shown(entry)}: ${rename}, or remove ${words} from it`);
  }

  function shown(file: string): string {
    return printable(join(path, file));
  }
}

function entries(folder: string): string[] {
  return withRenderError(
    folder,
    () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
  );
}

// Follows symbolic links: in mounted configurations, every file is one.
function stat(path: string): Deno.FileInfo {
  return withRenderError(path, () => Deno.statSync(path));
}

function withRenderError<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new RenderError(`the template ${readError(path, error).message}`, { cause: error });
  }
}

function canonicalTag(name: string): string | undefined {
  // At most three letters, as "backup" would be a valid tag, too.
  if (!/^[a-z]{2,3}(?:-|$)/i.test(name)) return undefined;
  try {
    return Intl.getCanonicalLocales(name)[0];
  } catch {
    return undefined;
  }
}
