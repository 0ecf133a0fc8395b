/**
 * The page on which recipients stop mails: a Liquid template in their language.
 *
 * @module
 */

import { bestLanguage, directionOf } from "../domain/language.ts";
import { plainText, unlinked } from "../domain/plain_text.ts";
import { readBuiltIn } from "./built_in.ts";
import { isChanged, joinedErrors, languagesOf, parseErrors } from "./check_templates.ts";
import { LANGUAGES, LAST_RESORT } from "./languages.ts";
import { type Engines, openEngines } from "./liquid_engines.ts";
import { templateError } from "./liquid_error.ts";
import { lookOf } from "./look.ts";
import { PAGE_SAMPLES } from "./page_samples.ts";
import type { PageModel, PageRenderer } from "./page_port.ts";
import type { MailModel } from "./port.ts";
import { supportLink } from "./support_link.ts";
import { PAGE_TEMPLATES, type TemplateFolder } from "./template_folder.ts";
import { type ReadTemplate, readTemplates } from "./template_set.ts";
import type { Template } from "./words.ts";

/** What the page is made with. */
export interface PageRendererOptions {
  /** How the organisation presents itself. */
  readonly brand: MailModel["brand"];
  /** Where templates come from; the ones that the program has inside by default. */
  readonly readTemplate?: ReadTemplate;
  /** Templates that go before these. */
  readonly folder?: TemplateFolder;
}

interface Opened {
  readonly engines: Engines;
  readonly templates: ReadonlyMap<string, Template>;
}

/** Opens the renderer. Templates are read at the check, or with the first page in their language. */
export function openPageRenderer(options: PageRendererOptions): PageRenderer {
  const { brand, readTemplate = readBuiltIn, folder } = options;
  const sources = { builtIn: readTemplate, ...(folder ? { folder } : {}) };
  const own = folder ? languagesOf(folder, PAGE_TEMPLATES) : [];
  const languages = [...new Set([...LANGUAGES, ...own])];
  const opened = new Map<string, Promise<Opened>>();

  function open(language: string): Promise<Opened> {
    const known = opened.get(language);
    if (known) return known;
    const opening = openLanguage(language);
    opened.set(language, opening);
    // A file that could not be read is tried again with the next page.
    opening.catch(() => opened.delete(language));
    return opening;
  }

  async function openLanguage(language: string): Promise<Opened> {
    try {
      const templates = await readTemplates(language, sources, PAGE_TEMPLATES);
      return { templates, engines: await openEngines(language, templates) };
    } catch (error) {
      throw templateError(error, new Map());
    }
  }

  async function render(model: PageModel): Promise<string> {
    const language = bestLanguage(model.page.languages, languages) ?? LAST_RESORT;
    const { engines, templates } = await open(language);
    const { kind, nonce } = model.page;
    const scope = {
      ...neutral(model),
      page: { kind, nonce, language, direction: directionOf(language) },
      brand,
      look: lookOf(brand.color),
      support_link: supportLink(brand.support),
    };
    try {
      return engines.html.renderFileSync("page", scope);
    } catch (error) {
      throw templateError(error, templates);
    }
  }

  async function check(): Promise<void> {
    const errors: unknown[] = [];
    for (const language of languages) {
      try {
        const { engines, templates } = await open(language);
        if (!folder || !isChanged(language, folder, PAGE_TEMPLATES)) continue;
        errors.push(...parseErrors(engines, templates));
        for (const { page, ...sample } of Object.values(PAGE_SAMPLES)) {
          const model = { ...sample, page: { ...page, languages: [language] } };
          await render(model).catch((error) => errors.push(error));
        }
      } catch (error) {
        errors.push(error);
      }
    }
    const error = joinedErrors(errors);
    if (error) throw error;
  }

  return { render, check };
}

// How many characters the page shows of what a stranger wrote: as in mails.
const LONGEST = { name: 60, label: 80, id: 255 } as const;

function neutral({ choices, room, inviter }: PageModel) {
  const show = (value: string, longest: number) => unlinked(plainText(value, longest));
  return {
    choices,
    room: { label: show(room.label, LONGEST.label), kind: room.kind },
    inviter: { name: show(inviter.name, LONGEST.name), id: show(inviter.id, LONGEST.id) },
  };
}
