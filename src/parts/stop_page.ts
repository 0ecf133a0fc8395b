/**
 * The page on which recipients stop mails, as the settings have it look.
 *
 * @module
 */

import { brandOf } from "./brand.ts";
import type { Settings } from "../config/settings.ts";
import { openPageRenderer } from "../render/page.ts";
import type { PageRenderer } from "../render/page_port.ts";
import { readTemplateFolder } from "../render/template_folder.ts";

/**
 * Opens what draws it.
 *
 * @throws {RenderError} When a template of the administrator's cannot be read.
 */
export function openStopPage(settings: Settings): PageRenderer {
  const { templates } = settings.notify;
  return openPageRenderer({
    brand: brandOf(settings),
    ...(templates === undefined ? {} : { folder: readTemplateFolder(templates) }),
  });
}
