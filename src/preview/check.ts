/**
 * Checking templates with every sample in every language.
 *
 * @module
 */

import { openRenderer, openStopPage } from "../app/renderer.ts";
import type { Settings } from "../config/sections/settings.ts";
import { RenderError } from "../render/port.ts";
import { findingsOf } from "./lint_mail.ts";
import { openPlaces } from "./locate.ts";
import { openPreview } from "./preview.ts";
import { legacyFiles } from "./template_paths.ts";
import { unknownNames } from "./unknown_names.ts";

/** What came of a check. */
export interface Checked {
  /** What is wrong: file, line, column where it is known, what, and what to do. Each is told once. */
  readonly problems: readonly string[];
  /** How many mails were looked at. */
  readonly mails: number;
}

/**
 * Writes every sample in every language, and looks at what comes of it; so it does with the page on
 * which mails are stopped.
 *
 * @param now The time that mails are dated with, in milliseconds UTC.
 */
export async function checkTemplates(settings: Settings, now: number): Promise<Checked> {
  const problems = new Set<string>();
  let mails = 0;
  await telling(problems, () => tellUnknownNames(settings, problems));
  await telling(problems, () => openStopPage(settings).check());
  await telling(problems, async () => {
    const preview = await openPreview(settings, now, (warning) => problems.add(warning));
    const placeOf = openPlaces(settings);
    for (const language of preview.languages) {
      for (const sample of preview.samples) {
        await telling(problems, async () => {
          const mail = await preview.mail(sample, language);
          for (const finding of findingsOf(mail)) {
            problems.add(`${await placeOf(finding, language)}: ${finding.message}`);
          }
        });
        mails++;
      }
    }
  });
  return { problems: [...problems], mails };
}

async function tellUnknownNames(settings: Settings, problems: Set<string>): Promise<void> {
  const { templates } = settings.notify;
  if (templates === undefined || legacyFiles(settings).length > 0) return;
  const { languages } = openRenderer(settings);
  for (const { file, line, column, name } of await unknownNames(templates, languages)) {
    const place = `${file}:${line}${column === undefined ? "" : `:${column}`}`;
    problems.add(`${place}: ${name} is not known: use one of the names in docs/templates.md`);
  }
}

async function telling(problems: Set<string>, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    for (const line of error.message.split("\n")) {
      const undefinedAt = /^(.+:\d+): undefined variable: /.exec(line)?.[1];
      // Told of already, with its column.
      const told = undefinedAt !== undefined &&
        [...problems].some((problem) => problem.startsWith(`${undefinedAt}:`));
      if (!told) problems.add(line);
    }
  }
}
