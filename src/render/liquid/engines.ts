/**
 * Liquid, with an escaping for each part of a mail.
 *
 * @module
 */

import type { Liquid } from "liquidjs";
import { escapeHtml } from "../escape.ts";
import type { Template } from "./sentences.ts";

/** A part of a mail. */
export type Part = "subject" | "text" | "html";

/** One engine for each part, as each has its own escaping. */
export type Engines = Readonly<Record<Part, Liquid>>;

/**
 * Makes the engines of a language. The Liquid library is not loaded before, so that the service
 * listens sooner.
 */
export async function openEngines(
  language: string,
  templates: ReadonlyMap<string, Template>,
): Promise<Engines> {
  const { Liquid } = await import("liquidjs");
  const sources = Object.fromEntries([...templates].map(([name, { source }]) => [name, source]));
  const plurals = new Intl.PluralRules(language);
  function engine(escape: (value: unknown) => string, markup: Markup): Liquid {
    const engine = new Liquid({
      // Nothing but these can be included: no path leads to a file.
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
    engine.registerFilter("plural", (count: unknown) => plurals.select(Number(count)));
    for (const [name, [before, after]] of Object.entries(markup)) {
      // `raw` tells Liquid that the value is escaped by then.
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
 * One line, whatever a template has between its words; isolates, word joiners and the blanks that
 * French has before its signs are ours.
 */
export function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ").trim();
}

/** What the filters of a foreign value put around it. */
type Markup = Readonly<Record<"bdi" | "strong", readonly [before: string, after: string]>>;
const NO_MARKUP: Markup = { bdi: ["", ""], strong: ["", ""] };

// Line breaks may stand in an imprint.
const CONTROL = /[^\P{Cc}\n]/gu;

function plain(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
