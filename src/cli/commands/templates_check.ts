/**
 * The command `templates check`: checks the templates.
 *
 * @module
 */

import { checkTemplates } from "../../preview/check.ts";
import { printable } from "../../text/printable.ts";
import type { CommandContext } from "../command.ts";
import { ExitCode } from "../exit_code.ts";
import { loadPreviewSettings } from "../load_preview_settings.ts";

/** Checks the templates and prints their problems; fails when there are any. */
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
  out(`No problems in ${mails} emails: every sample in every language.`);
  return ExitCode.ok;
}
