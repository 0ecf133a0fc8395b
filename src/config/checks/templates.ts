/**
 * Checks that the templates and the language of the configuration exist.
 *
 * @module
 */

import { bestLanguage } from "../../domain/language.ts";
import { LANGUAGES } from "../../render/liquid/languages.ts";
import { printable, quoted } from "../../text/printable.ts";
import type { Settings } from "../sections/settings.ts";
import type { ConfigEnvironment } from "../source/environment.ts";
import type { Report } from "../source/report.ts";

/** Checks `notify.language` and `notify.templates`. The templates themselves are checked at start. */
export function checkTemplateSettings(
  { notify, threepid }: Partial<Settings>,
  report: Report,
  environment: ConfigEnvironment,
): void {
  if (!notify) return;
  const { language, templates } = notify;
  if (templates !== undefined && !environment.exists(templates)) {
    const message = `the folder ${quoted(templates)} does not exist: create it, or remove the line`;
    report.add("error", ["notify", "templates"], message);
  } else if (templates !== undefined && threepid) {
    const { matrixId } = threepid.medium.email.generators.template.generic;
    if (matrixId !== undefined) {
      const message = "has no effect, because threepid.medium.email.generators.template.generic." +
        "matrixId names another template: remove one of the two";
      report.add("notice", ["notify", "templates"], message);
    }
  }
  if (bestLanguage([language], LANGUAGES) !== undefined || hasOwnTranslation()) return;
  const message = `there is no translation for ${printable(language)}: write one of ` +
    `${LANGUAGES.join(", ")}, or add yours to the folder notify.templates`;
  report.add("error", ["notify", "language"], message);

  // The administrator's own, for the language with or without its region.
  function hasOwnTranslation(): boolean {
    if (templates === undefined) return false;
    const parts = language.split("-");
    return parts.some((_, index) => {
      const tag = parts.slice(0, index + 1).join("-");
      return environment.exists(`${templates}/${tag}/words.yaml`);
    });
  }
}
