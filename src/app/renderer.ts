/**
 * What writes mails, and what draws the page on which they are stopped.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { openLiquidRenderer } from "../render/liquid/mail_renderer.ts";
import { openPageRenderer } from "../render/liquid/page_renderer.ts";
import { readTemplateFolder, type TemplateFolder } from "../render/liquid/template_folder.ts";
import type { PageRenderer } from "../render/page_port.ts";
import type { Renderer } from "../render/port.ts";
import { brandOf, openLogo, registerUrl, sender } from "./brand.ts";
import { openLegacyRenderer } from "./legacy_template.ts";

/**
 * Whatever writes mails: the built-in templates, or the legacy one that the configuration names.
 *
 * @param onWarning Hears what about a legacy template may not be as it was meant, a line each.
 * @throws {RenderError} When the legacy template is broken; the message has a line for each reason.
 * Also when the logo is, or a template of the administrator's cannot be read.
 */
export function openRenderer(
  settings: Settings,
  onWarning: (line: string) => void = () => {},
): Renderer {
  const legacy = openLegacyRenderer(settings, {
    domain: settings.matrix.domain,
    from: sender(settings),
    registerUrl: registerUrl(settings),
  }, onWarning);
  if (legacy !== undefined) return legacy;
  const logo = openLogo(settings);
  return openLiquidRenderer({
    ...(logo === undefined ? {} : { logo }),
    ...readOwnTemplates(settings),
  });
}

/**
 * What draws the page.
 *
 * @throws {RenderError} When a template of the administrator's cannot be read.
 */
export function openStopPage(settings: Settings): PageRenderer {
  return openPageRenderer({ brand: brandOf(settings), ...readOwnTemplates(settings) });
}

/**
 * The administrator's templates, which go before those that are built in.
 *
 * @throws {RenderError} When one cannot be read.
 */
export function readOwnTemplates(
  { notify: { templates } }: Settings,
): { readonly folder?: TemplateFolder } {
  return templates === undefined ? {} : { folder: readTemplateFolder(templates) };
}
