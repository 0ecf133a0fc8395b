/**
 * Where the templates are.
 *
 * @module
 */

import type { Settings } from "../config/settings.ts";

/** The files and folders that mails are made of: the built-in ones, and the configured ones. */
export function templatePaths({ notify, threepid }: Settings): readonly string[] {
  const builtIn = decodeURIComponent(new URL("../../templates", import.meta.url).pathname);
  const legacy = threepid.medium.email.generators.template.generic.matrixId;
  return [builtIn, notify.templates, legacy].filter((path) => path !== undefined);
}
