/**
 * The built-in mail: Liquid templates in the recipient's language.
 *
 * @module
 */

import { bestLanguage, directionOf } from "../domain/language.ts";
import type { Content, InlineFile } from "../domain/message.ts";
import { readBuiltIn } from "./built_in.ts";
import { isChanged, joinedErrors, languagesOf, parseErrors } from "./check_templates.ts";
import { LANGUAGES, LAST_RESORT } from "./languages.ts";
import { type Engines, openEngines, type Part, plainLine } from "./liquid_engines.ts";
import { templateError } from "./liquid_error.ts";
import { type Logo, lookOf } from "./look.ts";
import { neutralModel } from "./neutral_model.ts";
import type { MailModel, Renderer } from "./port.ts";
import { supportLink } from "./support_link.ts";
import type { TemplateFolder } from "./template_folder.ts";
import { type ReadTemplate, readTemplates } from "./template_set.ts";
import type { Template } from "./words.ts";
import { wrapText } from "./wrap_text.ts";

/** What the renderer is made with. */
export interface LiquidRendererOptions {
  /** Where templates come from; the ones that the program has inside by default. */
  readonly readTemplate?: ReadTemplate;
  /** Templates that go before these. */
  readonly folder?: TemplateFolder;
  /** The organisation's logo, which goes along with each mail that shows it. */
  readonly logo?: Logo;
}

/** What mails in one language are made with. */
interface Opened {
  readonly engines: Engines;
  readonly templates: ReadonlyMap<string, Template>;
}

/**
 * Opens the renderer of the built-in mail. Its own templates are read at the check or the first
 * mail, once for each language. The check also renders the samples in each language for which the
 * folder has templates.
 */
export function openLiquidRenderer(options: LiquidRendererOptions = {}): Renderer {
  const { readTemplate = readBuiltIn, folder, logo } = options;
  const sources = { builtIn: readTemplate, ...(folder ? { folder } : {}) };
  const languages = [...new Set([...LANGUAGES, ...folder ? languagesOf(folder) : []])];
  const opened = new Map<string, Promise<Opened>>();

  function open(language: string): Promise<Opened> {
    const known = opened.get(language);
    if (known) return known;
    const opening = openLanguage(language);
    opened.set(language, opening);
    // A file that could not be read is tried again with the next mail.
    opening.catch(() => opened.delete(language));
    return opening;
  }

  async function openLanguage(language: string): Promise<Opened> {
    try {
      const templates = await readTemplates(language, sources);
      return { templates, engines: await openEngines(language, templates) };
    } catch (error) {
      throw templateError(error, new Map());
    }
  }

  async function render(model: MailModel): Promise<Content> {
    const language = bestLanguage([model.mail.language], languages) ?? LAST_RESORT;
    const direction = directionOf(language);
    const spoken = { ...model, mail: { ...model.mail, language, direction } };
    const { engines, templates } = await open(language);
    function fill(part: Part, scope: object): string {
      try {
        // Not the asynchronous form, which takes twice the time; a parsed template serves only one.
        return engines[part].renderFileSync(part, scope);
      } catch (error) {
        throw templateError(error, templates);
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
    const errors: unknown[] = [];
    for (const language of languages) {
      try {
        const { engines, templates } = await open(language);
        if (!folder || !isChanged(language, folder)) continue;
        errors.push(...parseErrors(engines, templates), ...await sampleErrors(language));
      } catch (error) {
        errors.push(error);
      }
    }
    const error = joinedErrors(errors);
    if (error) throw error;
  }

  async function sampleErrors(language: string): Promise<readonly unknown[]> {
    const errors: unknown[] = [];
    const { SAMPLES } = await import("./samples.ts");
    for (const sample of Object.values(SAMPLES)) {
      const model = { ...sample, mail: { ...sample.mail, language } };
      await render(model).catch((error) => errors.push(error));
    }
    return errors;
  }

  return { languages, render, check };
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
