/**
 * The command `templates check`: what is wrong with the templates.
 *
 * @module
 */

import { checkTemplates } from "../../preview/check.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadPreviewSettings } from "../load_preview_settings.ts";

/** Says what is wrong with the templates; fails when anything is. */
export async function templatesCheck(
  context: CommandContext,
  template: string | undefined,
): Promise<ExitCode> {
  const { out, err } = context.streams;
  const settings = await loadPreviewSettings(context, template);
  if (settings === undefined) return ExitCode.configuration;
  const { problems, mails } = await checkTemplates(settings, Date.now());
  for (const problem of problems) err(printable(problem));
  if (problems.length > 0) return ExitCode.failed;
  out(`Nothing is wrong in any of ${mails} mails: every sample in every language.`);
  return ExitCode.ok;
}
