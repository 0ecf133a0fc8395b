/**
 * Configures Liquid, with escaping for each part of a mail.
 *
 * @module
 */

import type { Liquid } from "liquidjs";
import { escapeHtml } from "../escape.ts";
import type { Template } from "./sentences.ts";
import { renderWithoutGenerators } from "./synchronous.ts";

/** A part of a mail. */
export type Part = "subject" | "text" | "html";

/** An engine for each part, with its own escaping. */
export type Engines = Readonly<Record<Part, Liquid>>;

/**
 * Opens the engines of a language. The Liquid library is loaded now, so that the service starts
 * sooner.
 */
export async function openEngines(
  language: string,
  templates: ReadonlyMap<string, Template>,
): Promise<Engines> {
  const library = await import("liquidjs");
  const sources = Object.fromEntries([...templates].map(([name, { source }]) => [name, source]));
  const plurals = new Intl.PluralRules(language);
  function engine(escape: (value: unknown) => string, markup: Markup): Liquid {
    const engine = new library.Liquid({
      // Only these can be included, and no files.
      templates: sources,
      cache: true,
      strictVariables: true,
      strictFilters: true,
      lenientIf: true,
      ownPropertyOnly: true,
      outputEscape: escape,
      parseLimit: 1_000_000, // characters
      renderLimit: 5_000, // milliseconds
      memoryLimit: 10_000_000, // objects
    });
    renderWithoutGenerators(engine, library);
    engine.registerFilter("plural", (count: unknown) => plurals.select(Number(count)));
    for (const [name, [before, after]] of Object.entries(markup)) {
      // `raw`: the handler's result is escaped.
      const handler = (value: unknown) => before + escape(value) + after;
      engine.registerFilter(name, { handler, raw: true });
    }
    return engine;
  }
  return {
    subject: engine((value) => plainLine(plain(value)), NO_MARKUP),
    text: engine((value) => plain(value).replace(CONTROL, ""), NO_MARKUP),
    html: engine((value) => escapeHtml(plain(value)), {
      bdi: ["<bdi>", "</bdi>"],
      strong: ["<strong><bdi>", "</bdi></strong>"],
    }),
  };
}

/**
 * The text as one line. Isolates, word joiners and the no-break spaces before French punctuation
 * are kept.
 */
export function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ").trim();
}

/** What the filters for untrusted values put around them. */
type Markup = Readonly<Record<"bdi" | "strong", readonly [before: string, after: string]>>;
const NO_MARKUP: Markup = { bdi: ["", ""], strong: ["", ""] };

// An imprint may have line breaks.
const CONTROL = /[^\P{Cc}\n]/gu;

function plain(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
