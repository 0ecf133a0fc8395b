/**
 * Checking templates with every sample in every language.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";
import { RenderError } from "../render/port.ts";
import { findingsOf } from "./findings.ts";
import { openPlaces } from "./places.ts";
import { openPreview } from "./preview.ts";

/** What came of a check. */
export interface Checked {
  /** What is wrong: file, line, what, and what to do. Each is told once. */
  readonly problems: readonly string[];
  /** How many mails were looked at. */
  readonly mails: number;
}

/**
 * Writes every sample in every language, and looks at what comes of it.
 *
 * @param now The time that mails are dated with, in milliseconds UTC.
 */
export async function checkTemplates(settings: Settings, now: number): Promise<Checked> {
  const problems = new Set<string>();
  let mails = 0;
  await telling(problems, async () => {
    const preview = await openPreview(settings, now, (warning) => problems.add(warning));
    const placeOf = openPlaces(settings);
    for (const language of preview.languages) {
      for (const sample of preview.samples) {
        await telling(problems, async () => {
          const mail = await preview.mail(sample, language);
          for (const finding of findingsOf(mail, mail.links)) {
            problems.add(`${await placeOf(finding, language)}: ${finding.message}`);
          }
        });
        mails++;
      }
    }
  });
  return { problems: [...problems], mails };
}

async function telling(problems: Set<string>, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    for (const line of error.message.split("\n")) problems.add(line);
  }
}
