/**
 * Parses a language's sentences in the file `words.yaml`, where each is a small template of its
 * own.
 *
 * @module
 */

import { isMap, isScalar, LineCounter, type Pair, parseDocument } from "yaml";

/** The position of a template. */
export interface Position {
  readonly file: string;
  /** The template's first line, counted from 1. */
  readonly line: number;
}

/** A Liquid template. */
export interface Template extends Position {
  readonly source: string;
}

/**
 * A sentence: one template by the name "", or one for each plural category of the language
 * (Unicode, UTS #35, part 3, section 5) and the number that chooses among them.
 */
export interface Sentence extends Position {
  /** The name of the number that the sentence depends on. */
  readonly of?: string | undefined;
  /** The forms by their categories. */
  readonly forms: ReadonlyMap<string, Template>;
}

/** A parsed words file. */
export interface ParsedWords {
  /** The sentences by name. */
  readonly sentences: ReadonlyMap<string, Sentence>;
  /** Each with file, line and reason. */
  readonly problems: readonly string[];
}

// The numbers that a sentence may depend on.
const COUNTS: readonly string[] = ["count", "more", "people"];
const CATEGORIES: readonly string[] = ["zero", "one", "two", "few", "many", "other"];

/** Parses a words file. */
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
    const position = { file, line: lineOf(key) };
    const refuse = (what: string) => problems.push(`${file}:${position.line}: ${name}: ${what}`);
    const whole = templateOf(value);
    if (!/^[a-z]+(_[a-z]+)*$/.test(name)) {
      refuse("expected a name of lower-case letters and _");
    } else if (whole) {
      sentences.set(name, { ...position, forms: new Map([["", whole]]) });
    } else if (!isMap(value) || value.items.some(({ key }) => !isScalar(key))) {
      // {{ name }} without quotes is a map whose key is a map.
      refuse("expected text, in quotes if it contains a colon or a brace");
    } else {
      const [of, forms] = readForms(value.items, refuse);
      sentences.set(name, { ...position, of, forms });
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
      refuse("other: is missing: write the form for all other numbers");
    }
    return [of, forms];
  }

  function templateOf(node: unknown): Template | undefined {
    if (!isScalar(node) || typeof node.value !== "string") return undefined;
    // A block starts in the line after its indicator (| or >).
    const block = node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL";
    return { source: node.value, file, line: lineOf(node) + (block ? 1 : 0) };
  }
}

/** The templates of a sentence, by the names they are included by. */
export function wordTemplates(
  name: string,
  { of, forms, ...position }: Sentence,
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
  return [[name, { ...position, source }], ...parts];
}
