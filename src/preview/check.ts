/**
 * Checks templates with every sample in every language.
 *
 * @module
 */

import { openRenderer, openStopPage } from "../app/renderer.ts";
import type { Settings } from "../config/sections/settings.ts";
import { RenderError } from "../render/port.ts";
import { lintMail } from "./lint_mail.ts";
import { openLocator } from "./locate.ts";
import { openPreview } from "./preview.ts";
import { SAMPLE_NAMES } from "./sample_mail.ts";
import { legacyFiles } from "./template_paths.ts";
import { unknownNames } from "./unknown_names.ts";

/** The result of a check. */
export interface TemplateCheck {
  /** Each one once: file, line, column where it is known, what is wrong, and what to do. */
  readonly problems: readonly string[];
  /** How many mails were rendered. */
  readonly mails: number;
}

/**
 * Renders every sample in every language and checks the mails, and the page on which mails are
 * stopped.
 *
 * @param now The mails' date, in milliseconds UTC.
 */
export async function checkTemplates(settings: Settings, now: number): Promise<TemplateCheck> {
  const problems = new Set<string>();
  let mails = 0;
  await collect(problems, () => addUnknownNames(settings, problems));
  await collect(problems, () => openStopPage(settings).check());
  await collect(problems, async () => {
    const preview = await openPreview(settings, now, (warning) => problems.add(warning));
    const locate = openLocator(settings);
    for (const language of preview.languages) {
      for (const sample of SAMPLE_NAMES) {
        await collect(problems, async () => {
          const mail = await preview.mail(sample, language);
          for (const result of lintMail(mail)) {
            problems.add(`${await locate(result, language)}: ${result.message}`);
          }
        });
        mails++;
      }
    }
  });
  return { problems: [...problems], mails };
}

async function addUnknownNames(settings: Settings, problems: Set<string>): Promise<void> {
  const { templates } = settings.notify;
  if (templates === undefined || legacyFiles(settings).length > 0) return;
  const { languages } = openRenderer(settings);
  for (const { file, line, column, name } of await unknownNames(templates, languages)) {
    const position = `${file}:${line}${column === undefined ? "" : `:${column}`}`;
    problems.add(`${position}: ${name} is not known: use one of the names in docs/templates.md`);
  }
}

// Adds what the run throws about templates.
async function collect(problems: Set<string>, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    for (const line of error.message.split("\n")) {
      const undefinedAt = /^(.+:\d+): undefined variable: /.exec(line)?.[1];
      // It was found before, with its column.
      const isKnown = undefinedAt !== undefined &&
        [...problems].some((problem) => problem.startsWith(`${undefinedAt}:`));
      if (!isKnown) problems.add(line);
    }
  }
}
