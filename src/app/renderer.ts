/**
 * Opens the renderers of mails and of the page on which recipients stop them.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { openLiquidRenderer } from "../render/liquid/mail_renderer.ts";
import { openPageRenderer } from "../render/liquid/page_renderer.ts";
import type { Picture } from "../render/liquid/picture.ts";
import { readTemplateFolder, type TemplateFolder } from "../render/liquid/template_folder.ts";
import type { PageRenderer } from "../render/page_port.ts";
import { type Renderer, RenderError } from "../render/port.ts";
import { brandOf, openLogo, registerUrl, sender } from "./brand.ts";
import { openLegacyRenderer } from "./legacy_template.ts";

/**
 * The renderer of mails: with the configured legacy template, else with the built-in templates and
 * the administrator's.
 *
 * @param onWarning Called with each warning about a legacy template, one line.
 * @param sampleLogo Attached where a model shows a logo and the organisation has none.
 * @throws {RenderError} When the legacy template or the logo is broken, or a template of the
 * administrator's cannot be read; the message has a line for each reason.
 */
export function openRenderer(
  settings: Settings,
  onWarning: (line: string) => void = () => {},
  sampleLogo?: Picture,
): Renderer {
  const legacy = openLegacyRenderer(settings, {
    domain: settings.matrix.domain,
    from: sender(settings),
    registerUrl: registerUrl(settings),
  }, onWarning);
  if (legacy !== undefined) return legacy;
  const logo = openLogo(settings, sampleLogo);
  return openLiquidRenderer({ logo, folder: readOwnTemplates(settings) });
}

/**
 * The renderer of the page.
 *
 * @throws {RenderError} When a template of the administrator's cannot be read.
 */
export function openStopPage(settings: Settings): PageRenderer {
  return openPageRenderer({ brand: brandOf(settings), folder: readOwnTemplates(settings) });
}

/** The key before each problem with the folder of templates itself. */
export const TEMPLATES_KEY = "notify.templates";

/**
 * The administrator's templates, which take precedence over the built-in ones.
 *
 * @throws {RenderError} When one cannot be read.
 */
export function readOwnTemplates({ notify: { templates } }: Settings): TemplateFolder | undefined {
  if (templates === undefined) return undefined;
  try {
    return readTemplateFolder(templates);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const message = error.message.replaceAll(/^/gm, `${TEMPLATES_KEY}: `);
    throw new RenderError(message, { cause: error });
  }
}
