/**
 * Finds unknown names in templates, also where no sample uses them: a condition takes an unknown
 * name for an empty one.
 *
 * @module
 */

import type { Template as Parsed, Variable } from "liquidjs";
import { readBuiltIn } from "../render/liquid/built_in.ts";
import type { Template } from "../render/liquid/sentences.ts";
import { readTemplateFolder } from "../render/liquid/template_folder.ts";
import { readTemplates } from "../render/liquid/template_set.ts";
import { RenderError } from "../render/port.ts";
import { SAMPLES } from "../render/samples.ts";

/** A name in a template that has no meaning. */
export interface UnknownName {
  /** The template's file. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1; absent in a sentence, which does not start at the beginning of its line. */
  readonly column?: number | undefined;
  /** The name, such as `recipient.nmae`. */
  readonly name: string;
}

/**
 * The unknown names in a folder's templates. Known are the names in the model, those that the
 * built-in templates use, and those that a template assigns itself.
 *
 * @throws {RenderError} When the folder cannot be read.
 */
export async function unknownNames(
  path: string,
  languages: readonly string[],
): Promise<readonly UnknownName[]> {
  const { Liquid, analyzeSync } = await import("liquidjs");
  const engine = new Liquid();
  const folder = readTemplateFolder(path);
  const known = new Set(modelNames());
  const found = new Map<string, UnknownName>();

  function analyze({ source }: Template) {
    let parsed: Parsed[];
    try {
      parsed = engine.parse(source);
    } catch {
      // The renderer, which parses all of them, reports it.
      return { variables: [], locals: [] };
    }
    const { variables, globals, locals } = analyzeSync(parsed, { partials: false });
    // Without the variables of loops, but with an invitation's: its names are known, whatever
    // assigns it.
    const all = { ...globals, invitation: variables.invitation ?? [] };
    return { variables: Object.values(all).flat(), locals: Object.keys(locals) };
  }

  for (const language of languages) {
    for (const template of (await templatesOf(language)).values()) {
      for (const variable of analyze(template).variables) known.add(nameOf(variable));
    }
    const templates = await templatesOf(language, folder);
    const analyzed = [...templates].map(([name, template]) => ({
      ...{ name, template },
      ...analyze(template),
    }));
    const own = new Set(["forloop", ...analyzed.flatMap(({ locals }) => locals)]);
    own.delete("invitation");
    for (const { name, template, variables } of analyzed) {
      for (const variable of variables) {
        const unknown = nameOf(variable);
        const [root = ""] = unknown.split(".");
        if (known.has(unknown) || own.has(root)) continue;
        const { row, col } = variable.location;
        const position = { file: template.file, line: template.line + row - 1 };
        const column = name.startsWith("words/") ? undefined : col;
        found.set(JSON.stringify([position, unknown]), { ...position, column, name: unknown });
      }
    }
  }
  return [...found.values()];
}

async function templatesOf(language: string, folder?: ReturnType<typeof readTemplateFolder>) {
  try {
    return await readTemplates(language, { builtIn: readBuiltIn, folder });
  } catch (error) {
    // A language of the folder's own has none built in; the renderer reports broken ones.
    if (error instanceof RenderError) return new Map<string, Template>();
    throw error;
  }
}

// Any one of the invitations is `invitation`.
function nameOf({ segments }: Variable): string {
  const words = segments.map((segment) => typeof segment === "string" ? segment : "");
  const [first, second] = words;
  const path = first === "invitations" && second !== undefined && second !== "size"
    ? ["invitation", ...words.slice(2)]
    : words;
  const last = path.at(-1) ?? "";
  return (["size", "first", "last"].includes(last) ? path.slice(0, -1) : path).join(".");
}

function* modelNames(): Generator<string> {
  const { invitations = [], ...model } = SAMPLES.branded ?? {};
  yield "invitations";
  yield* namesIn({ ...model, invitation: invitations[0] ?? {} });
}

function* namesIn(value: object, prefix = ""): Generator<string> {
  for (const [key, inner] of Object.entries(value)) {
    yield prefix + key;
    if (typeof inner === "object" && inner !== null) yield* namesIn(inner, `${prefix}${key}.`);
  }
}
