/**
 * The page on which recipients stop mails: a Liquid template in their language.
 *
 * @module
 */

import { bestLanguage, directionOf } from "../domain/language.ts";
import { plainText, unlinked } from "../domain/plain_text.ts";
import { LAST_RESORT } from "./languages.ts";
import { templateError } from "./liquid_error.ts";
import { lookOf } from "./look.ts";
import { PAGE_SAMPLES } from "./page_samples.ts";
import type { PageModel, PageRenderer } from "./page_port.ts";
import type { MailModel } from "./port.ts";
import { supportLink } from "./support_link.ts";
import { PAGE_TEMPLATES } from "./template_folder.ts";
import { type LibraryOptions, openLibrary } from "./template_library.ts";

/** What the page is made with. */
export interface PageRendererOptions extends LibraryOptions {
  /** How the organisation presents itself. */
  readonly brand: MailModel["brand"];
}

/** Opens the renderer. Templates are read at the check, or with the first page in their language. */
export function openPageRenderer(options: PageRendererOptions): PageRenderer {
  const { brand } = options;
  const library = openLibrary(PAGE_TEMPLATES, options);
  const messages = new Map<string, string>();

  async function render(model: PageModel): Promise<string> {
    const language = bestLanguage(model.page.languages, library.languages) ?? LAST_RESORT;
    const { kind, nonce } = model.page;
    if (kind === "choices") return await draw(model, language, nonce);
    // Nothing in it is the asker's: whoever tries links costs next to nothing.
    const name = `${kind} ${language}`;
    const page = messages.get(name) ?? await draw(model, language, NONCE);
    messages.set(name, page);
    return page.replaceAll(NONCE, nonce);
  }

  async function draw(model: PageModel, language: string, nonce: string): Promise<string> {
    const { engines, templates } = await library.open(language);
    const { kind } = model.page;
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

  async function sampleErrors(language: string): Promise<readonly unknown[]> {
    const errors: unknown[] = [];
    for (const { page, ...sample } of Object.values(PAGE_SAMPLES)) {
      const model = { ...sample, page: { ...page, languages: [language] } };
      await render(model).catch((error) => errors.push(error));
    }
    return errors;
  }

  return { render, check: () => library.check(sampleErrors) };
}

// Stands for a page's nonce in one that is kept.
const NONCE = "nonce-of-the-page";

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
