/**
 * What writes mails.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import { openLiquidRenderer } from "../render/liquid.ts";
import type { Renderer } from "../render/port.ts";
import { readTemplateFolder } from "../render/template_folder.ts";
import { openLogo, registerUrl } from "./brand.ts";
import { openLegacyRenderer } from "./legacy_template.ts";
import { sender } from "./transport.ts";

/**
 * Whatever writes mails: the built-in templates, or the legacy one that the configuration names.
 *
 * @param onWarning Hears what about a legacy template may not be as it was meant, a line each.
 * @throws {RenderError} When the legacy template is broken; the message has a line for each reason.
 * Also when the logo is.
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
  const { templates } = settings.notify;
  return openLiquidRenderer({
    ...(logo === undefined ? {} : { logo }),
    ...(templates === undefined ? {} : { folder: readTemplateFolder(templates) }),
  });
}
