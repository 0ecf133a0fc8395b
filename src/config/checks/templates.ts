/**
 * Checks the templates' settings.
 *
 * @module
 */

import type { Settings } from "../sections/settings.ts";
import type { Report } from "../source/report.ts";

/** Says when a template of mxisd goes before the folder of templates. */
export function checkTemplateSettings(
  { notify, threepid }: Partial<Settings>,
  report: Report,
): void {
  if (notify?.templates === undefined) return;
  if (threepid?.medium.email.generators.template.generic.matrixId === undefined) return;
  const message = "has no effect, because threepid.medium.email.generators.template.generic." +
    "matrixId names another template: remove one of the two";
  report.add("notice", ["notify", "templates"], message);
}
