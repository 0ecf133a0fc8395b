/**
 * The built-in mail: Liquid templates in the recipient's language.
 *
 * @module
 */

import type { Liquid } from "liquidjs";
import { parse } from "yaml";
import type { Content, InlineFile } from "../domain/message.ts";
import { escapeHtml } from "./escape.ts";
import { type Logo, lookOf } from "./look.ts";
import { neutralModel } from "./neutral_model.ts";
import { type MailModel, type Renderer, RenderError } from "./port.ts";
import { supportLink } from "./support_link.ts";
import { wrapText } from "./wrap_text.ts";

/** Reads a template by its path below the templates' folder; `undefined` when there is none. */
export type ReadTemplate = (path: string) => Promise<string | undefined>;

/** What the renderer is made with. */
export interface LiquidRendererOptions {
  /** Where templates come from; the ones that the program has inside by default. */
  readonly readTemplate?: ReadTemplate;
  /** The organisation's logo, which goes along with each mail that shows it. */
  readonly logo?: Logo;
}

/** The languages that the program has words for, and the direction of their scripts. */
export const LANGUAGES: Readonly<Record<string, MailModel["mail"]["direction"]>> = { en: "ltr" };

const FALLBACK = "en";
const SHARED = ["subject", "text", "html", "invited", "inviter"] as const;

type Part = "subject" | "text" | "html";

/** One engine for each part, as each has its own escaping. */
type Engines = Readonly<Record<Part, Liquid>>;

/**
 * Opens the renderer of the built-in mail. Templates are read at the check or the first mail, once
 * for each language: the Liquid library is not loaded before, so that the service listens sooner.
 */
export function openLiquidRenderer(options: LiquidRendererOptions = {}): Renderer {
  const read = options.readTemplate ?? readBuiltIn;
  const { logo } = options;
  const opened = new Map<string, Promise<Engines>>();

  function engines(language: string): Promise<Engines> {
    const known = opened.get(language);
    if (known) return known;
    const opening = openEngines(language, read).catch((error) => {
      throw renderError(`the templates of "${language}"`, error);
    });
    opened.set(language, opening);
    // A file that could not be read is tried again with the next mail.
    opening.catch(() => opened.delete(language));
    return opening;
  }

  async function render(model: MailModel): Promise<Content> {
    const language = bestLanguage(model.mail.language);
    const direction = LANGUAGES[language] ?? "ltr";
    const spoken = { ...model, mail: { ...model.mail, language, direction } };
    const engine = await engines(language);
    function fill(part: Part, scope: object): string {
      try {
        // Not the asynchronous form, which takes twice the time; a parsed template serves only one.
        return engine[part].renderFileSync(part, scope);
      } catch (error) {
        throw renderError(`the ${part} in "${language}"`, error);
      }
    }
    const inText = neutralModel(spoken, "text");
    const subject = plainLine(fill("subject", inText));
    const inHtml = {
      ...neutralModel(spoken, "html"),
      subject,
      look: lookOf(model.brand.color, logo?.picture),
      support_link: supportLink(model.brand.support),
    };
    function contentOf(told: number): Content & { readonly kind: "parts" } {
      const html = fill("html", { ...inHtml, told });
      const text = wrapText(fill("text", { ...inText, told }));
      return { kind: "parts", subject, text, html, inline: shownIn(html, logo) };
    }
    // Mail services hide what is beyond a size: then fewer invitations are told in full.
    let content = contentOf(MOST_TOLD);
    for (let told = MOST_TOLD; told > 1 && isTooLarge(content.html);) {
      told = Math.ceil(told / 2);
      content = contentOf(told);
    }
    return content;
  }

  async function check(): Promise<void> {
    await Promise.all(Object.keys(LANGUAGES).map(engines));
  }

  return { render, check };
}

// How many invitations are told in full, and what the HTML part may have: Gmail cuts at 102 KB.
const MOST_TOLD = 10;
const LARGEST_HTML = 90_000; // bytes

function isTooLarge(html: string): boolean {
  return new TextEncoder().encode(html).length > LARGEST_HTML;
}

function shownIn(html: string, logo: Logo | undefined): readonly InlineFile[] {
  if (!logo || !html.includes(`cid:${logo.contentId}`)) return [];
  const { contentId, picture: { mediaType, bytes } } = logo;
  return [{ contentId, mediaType, bytes }];
}

function renderError(what: string, error: unknown): RenderError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RenderError(`${what}: ${reason}`, { cause: error });
}

/** The language's own words, else those of the language without its region, else English. */
function bestLanguage(tag: string): string {
  const [language = FALLBACK] = tag.toLowerCase().split("-");
  return Object.hasOwn(LANGUAGES, language) ? language : FALLBACK;
}

async function openEngines(language: string, read: ReadTemplate): Promise<Engines> {
  const [{ Liquid }, templates] = await Promise.all([
    import("liquidjs"),
    readTemplates(language, read),
  ]);
  function engine(escape: (value: unknown) => string, markup: Markup): Liquid {
    const engine = new Liquid({
      templates,
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

/** What the filters of a foreign value put around it. */
type Markup = Readonly<Record<"bdi" | "strong", readonly [before: string, after: string]>>;
const NO_MARKUP: Markup = { bdi: ["", ""], strong: ["", ""] };

// Line breaks may stand in an imprint.
const CONTROL = /[^\P{Cc}\n]/gu;

function plain(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** One line, whatever a template has between its words; isolates and word joiners are ours. */
function plainLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}

/** All templates of a language by name: the shared ones, and each sentence as `words/<its name>`. */
async function readTemplates(
  language: string,
  read: ReadTemplate,
): Promise<Record<string, string>> {
  const templates: Record<string, string> = {};
  for (const name of SHARED) {
    // A language may have its own form of any part.
    const own = await read(`${language}/${name}.liquid`);
    templates[name] = own ?? await readNeeded(`${name}.liquid`, read);
  }
  const path = `${language}/words.yaml`;
  const words: unknown = parse(await readNeeded(path, read));
  for (const [name, sentence] of Object.entries(words ?? {})) {
    if (typeof sentence !== "string") throw new Error(`templates/${path}: ${name}: expected text`);
    templates[`words/${name}`] = sentence;
  }
  return templates;
}

async function readNeeded(path: string, read: ReadTemplate): Promise<string> {
  const content = await read(path);
  if (content === undefined) throw new Error(`templates/${path}: there is no such file`);
  return content;
}

/** The templates beside the source, which the compiled executable has inside. */
async function readBuiltIn(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(new URL(`../../templates/${path}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
