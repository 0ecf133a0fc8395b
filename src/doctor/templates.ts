/**
 * Checks the templates of emails and of the page on which they are stopped.
 *
 * @module
 */

import { openRenderer, openStopPage } from "../app/renderer.ts";
import type { Settings } from "../config/sections/settings.ts";
import { checkTemplates as checkSamples } from "../preview/check.ts";
import { RenderError } from "../render/port.ts";
import { type Check, error, ok, warning } from "./finding.ts";

/**
 * Renders all samples.
 *
 * @param now The samples' date, in milliseconds UTC.
 */
export async function checkTemplates(settings: Settings, now: number): Promise<readonly Check[]> {
  const broken = await whatIsBroken(settings);
  if (broken.length > 0) {
    return broken.map((seen) => {
      return error("templates", seen, "Correct the template: no email can be written with it.");
    });
  }
  const { problems, mails } = await checkSamples(settings, now);
  if (problems.length === 0) {
    return [ok("templates", `${mails} emails: every sample in every language`)];
  }
  return problems.map((seen) => {
    return warning("templates", seen, "Correct the template; the command preview shows the email.");
  });
}

async function whatIsBroken(settings: Settings): Promise<readonly string[]> {
  try {
    await openRenderer(settings).check();
    if (settings.server.publicUrl !== undefined) await openStopPage(settings).check();
    return [];
  } catch (cause) {
    if (!(cause instanceof RenderError)) throw cause;
    return cause.message.split("\n");
  }
}
