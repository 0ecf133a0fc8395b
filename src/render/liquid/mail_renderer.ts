/**
 * Renders mails from Liquid templates in the recipient's language.
 *
 * @module
 */

import { bestLanguage, directionOf } from "../../domain/language.ts";
import type { Content, InlineFile } from "../../domain/message.ts";
import { openPace } from "../../system/let_others_in.ts";
import { neutralModel, neutralTexts } from "../neutral_model.ts";
import type { MailModel, Renderer } from "../port.ts";
import { SAMPLES } from "../samples.ts";
import { unclickable } from "../unclickable.ts";
import { type Part, plainLine } from "./engines.ts";
import { FALLBACK_LANGUAGE } from "./languages.ts";
import { type LibraryOptions, openLibrary } from "./library.ts";
import { type Logo, lookOf } from "./palette.ts";
import { supportLink } from "./support_link.ts";
import { MAIL_TEMPLATES } from "./template_names.ts";
import { wrapText } from "./wrap_text.ts";

/** What the renderer is opened with. */
export interface LiquidRendererOptions extends LibraryOptions {
  /** The organisation's logo, which is attached to each mail that shows it. */
  readonly logo?: Logo | undefined;
}

/**
 * Opens the renderer. Built-in templates are read by `load`, or for the first mail in their
 * language. The check renders the samples in each language for which the folder has templates.
 */
export function openLiquidRenderer(options: LiquidRendererOptions = {}): Renderer {
  const { logo } = options;
  const library = openLibrary(MAIL_TEMPLATES, options);
  const { languages } = library;

  async function render(model: MailModel): Promise<Content> {
    const language = bestLanguage([model.mail.language], languages) ?? FALLBACK_LANGUAGE;
    const direction = directionOf(language);
    const localized = { ...model, mail: { ...model.mail, language, direction } };
    // The first mail in a language takes a hundred times as long, because templates are parsed for it.
    const pace = openPace();
    const templates = await library.open(language);
    await pace();
    const fill = (part: Part, scope: object) => templates.fill(part, part, scope);
    const texts = neutralTexts();
    const subject = plainLine(fill("subject", neutralModel(localized, "subject", texts)));
    await pace();
    const inText = neutralModel(localized, "text", texts);
    const inHtml = {
      ...neutralModel(localized, "html", texts),
      subject,
      look: lookOf(model.brand.color, logo?.picture),
      support_link: supportLink(model.brand.support),
    };
    async function contentWith(told: number): Promise<Content & { readonly kind: "parts" }> {
      const html = unclickable(fill("html", { ...inHtml, told }));
      await pace();
      const text = wrapText(fill("text", { ...inText, told }));
      await pace();
      return { kind: "parts", subject, text, html, inline: shownIn(html, logo) };
    }
    const most = Math.min(MAX_TOLD, model.invitations.length);
    const all = await contentWith(most);
    if (!isTooLarge(all.html)) return all;
    // Mail services hide what exceeds a size: then as many invitations are shown as fit.
    let fitting = 1;
    for (let tooMany = most; tooMany - fitting > 1;) {
      const told = Math.floor((fitting + tooMany) / 2);
      if (isTooLarge((await contentWith(told)).html)) tooMany = told;
      else fitting = told;
    }
    return contentWith(fitting);
  }

  function renderSamples(language: string): Promise<Content>[] {
    return Object.values(SAMPLES).map((sample) =>
      render({ ...sample, mail: { ...sample.mail, language } })
    );
  }

  return {
    languages,
    render,
    load: library.load,
    check: () => library.check(renderSamples),
  };
}

/** The limit of the HTML part: Gmail cuts it at 102 KB and hides the rest behind a link. */
export const MAX_HTML_BYTES = 90_000;

// How many invitations are shown, the others are counted: `told` in the templates.
const MAX_TOLD = 50;

function isTooLarge(html: string): boolean {
  return new TextEncoder().encode(html).length > MAX_HTML_BYTES;
}

function shownIn(html: string, logo: Logo | undefined): readonly InlineFile[] {
  if (!logo || !html.includes(`cid:${logo.contentId}`)) return [];
  const { contentId, picture: { mediaType, bytes } } = logo;
  return [{ contentId, mediaType, bytes }];
}
