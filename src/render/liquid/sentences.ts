/**
 * A language's sentences: the file `words.yaml`, each sentence a small template of its own.
 *
 * @module
 */

import { isMap, isScalar, LineCounter, type Pair, parseDocument } from "yaml";

/** Where a template was written. */
export interface Place {
  /** The file. */
  readonly file: string;
  /** The line that the template begins in, from 1. */
  readonly line: number;
}

/** A template of Liquid. */
export interface Template extends Place {
  /** What it says. */
  readonly source: string;
}

/**
 * A sentence: one template by the name "", or one for each category of plural forms that the
 * language has (Unicode, UTS #35, part 3, section 5) and the number that chooses among them.
 */
export interface Sentence extends Place {
  /** The name of the number that the sentence is about. */
  readonly of?: string;
  /** The forms by their categories. */
  readonly forms: ReadonlyMap<string, Template>;
}

/** What a words file says, and what is wrong with it, a line for each reason. */
export interface ParsedWords {
  /** The sentences by name. */
  readonly sentences: ReadonlyMap<string, Sentence>;
  /** What is wrong: file, line and reason. */
  readonly problems: readonly string[];
}

// The numbers that a sentence may be about.
const COUNTS: readonly string[] = ["count", "more", "people"];
const CATEGORIES: readonly string[] = ["zero", "one", "two", "few", "many", "other"];

/** Reads a words file. */
export function parseWords(text: string, file: string): ParsedWords {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: string[] = [];
  const sentences = new Map<string, Sentence>();
  const lineOf = (node: unknown) => {
    const { range } = node as { readonly range?: readonly number[] | null };
    return lines.linePos(range?.[0] ?? 0).line;
  };
  for (const { pos, message } of document.errors) {
    const [reason = ""] = message.split(/ at line|\n/);
    problems.push(`${file}:${lines.linePos(pos[0]).line}: ${reason}`);
  }
  if (problems.length === 0 && document.contents !== null && !isMap(document.contents)) {
    problems.push(`${file}:1: expected sentences by their names, such as "greeting: Hello"`);
  }
  for (const pair of isMap(document.contents) ? document.contents.items : []) {
    readSentence(pair);
  }
  return { sentences, problems };

  function readSentence({ key, value }: Pair): void {
    const name = String(isScalar(key) ? key.value : key);
    const place = { file, line: lineOf(key) };
    const refuse = (what: string) => problems.push(`${file}:${place.line}: ${name}: ${what}`);
    const whole = templateOf(value);
    if (!/^[a-z]+(_[a-z]+)*$/.test(name)) {
      refuse("expected a name of small letters and _");
    } else if (whole) {
      sentences.set(name, { ...place, forms: new Map([["", whole]]) });
    } else if (!isMap(value) || value.items.some(({ key }) => !isScalar(key))) {
      // {{ name }} without quotes is a map with a map for its key.
      refuse("expected text, in quotes if it has a colon or a brace in it");
    } else {
      const [of, forms] = readForms(value.items, refuse);
      sentences.set(name, { ...place, of, forms });
    }
  }

  function readForms(
    items: readonly Pair[],
    refuse: (what: string) => void,
  ): [of: string, forms: Map<string, Template>] {
    const forms = new Map<string, Template>();
    let of = "";
    for (const { key, value } of items) {
      const category = String(isScalar(key) ? key.value : key);
      const form = templateOf(value);
      if (category === "of") of = form?.source ?? "";
      else if (!form) refuse(`${category}: expected text`);
      else if (CATEGORIES.includes(category)) forms.set(category, form);
      else refuse(`${category}: expected one of of, ${CATEGORIES.join(", ")}`);
    }
    if (!COUNTS.includes(of)) refuse(`of: expected one of ${COUNTS.join(", ")}`);
    if (!forms.has("other")) {
      refuse("other: is missing: write the form that all other numbers have");
    }
    return [of, forms];
  }

  function templateOf(node: unknown): Template | undefined {
    if (!isScalar(node) || typeof node.value !== "string") return undefined;
    // A block begins in the line after its sign.
    const block = node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL";
    return { source: node.value, file, line: lineOf(node) + (block ? 1 : 0) };
  }
}

/** The templates that a sentence is made of, by the names they are included by. */
export function wordTemplates(
  name: string,
  { of, forms, ...place }: Sentence,
): [string, Template][] {
  const whole = forms.get("");
  if (whole) return [[name, whole]];
  const parts = [...forms].map(([form, template]): [string, Template] => [
    `${name}.${form}`,
    template,
  ]);
  const cases = [...forms.keys()].filter((form) => form !== "other").map((form) =>
    `{%- when "${form}" -%}{% include "${name}.${form}" %}`
  );
  const source = `{%- case ${of} | plural -%}${cases.join("")}` +
    `{%- else -%}{% include "${name}.other" %}{%- endcase -%}`;
  return [[name, { ...place, source }], ...parts];
}
