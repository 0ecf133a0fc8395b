/**
 * Renders the page on which recipients stop mails, from a Liquid template in their language.
 *
 * @module
 */

import { bestLanguage, directionOf } from "../../domain/language.ts";
import { harmless } from "../neutral_model.ts";
import type { PageModel, PageRenderer } from "../page_port.ts";
import { PAGE_SAMPLES } from "../page_samples.ts";
import type { MailModel } from "../port.ts";
import { unclickable } from "../unclickable.ts";
import { FALLBACK_LANGUAGE } from "./languages.ts";
import { type LibraryOptions, openLibrary } from "./library.ts";
import { lookOf } from "./palette.ts";
import { supportLink } from "./support_link.ts";
import { PAGE_TEMPLATES } from "./template_names.ts";

/** What the renderer is opened with. */
export interface PageRendererOptions extends LibraryOptions {
  readonly brand: MailModel["brand"];
}

/** Opens the renderer. Templates are read by `load`, or for the first page in their language. */
export function openPageRenderer(options: PageRendererOptions): PageRenderer {
  const { brand } = options;
  const library = openLibrary(PAGE_TEMPLATES, options);
  const messages = new Map<string, string>();

  async function render(model: PageModel): Promise<string> {
    const language = bestLanguage(model.page.languages, library.languages) ?? FALLBACK_LANGUAGE;
    const { kind, nonce } = model.page;
    if (kind === "choices") return await renderPage(model, language, nonce);
    // Such a page is the same for all requests, so that guessing links costs next to nothing.
    const name = `${kind} ${language}`;
    const page = messages.get(name) ?? await renderPage(model, language, NONCE);
    messages.set(name, page);
    return page.replaceAll(NONCE, nonce);
  }

  async function renderPage(model: PageModel, language: string, nonce: string): Promise<string> {
    const templates = await library.open(language);
    const { kind } = model.page;
    return unclickable(templates.fill("page", "html", {
      ...neutral(model),
      page: { kind, nonce, language, direction: directionOf(language) },
      brand,
      look: lookOf(brand.color),
      support_link: supportLink(brand.support),
    }));
  }

  function renderSamples(language: string): Promise<string>[] {
    return Object.values(PAGE_SAMPLES).map((sample) =>
      render({ ...sample, page: { ...sample.page, languages: [language] } })
    );
  }

  return { render, load: library.load, check: () => library.check(renderSamples) };
}

// Takes the place of the nonce in a page that is kept.
const NONCE = "nonce-of-the-page";

function neutral({ choices, listed, room, inviter }: PageModel) {
  const about = neutralNames({ room, inviter });
  return {
    ...about,
    choices: choices.map((choice) => ({ ...choice, value: choice.what, ...about })),
    listed: listed.map((choice) => ({ ...choice, ...neutralNames(choice) })),
  };
}

function neutralNames({ room, inviter }: Pick<PageModel, "room" | "inviter">) {
  return {
    room: { label: harmless(room.label, "label"), kind: room.kind },
    inviter: { name: harmless(inviter.name, "name"), id: harmless(inviter.id, "id") },
  };
}
