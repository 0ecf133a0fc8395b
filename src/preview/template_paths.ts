/**
 * Paths of the templates.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { transportKind } from "../config/sections/transport_kind.ts";
import { programFile } from "../system/program_file.ts";

/** The template files in mxisd's formats; empty when mails are made of Liquid templates. */
export function legacyFiles(settings: Settings): readonly string[] {
  const { text, html } = settings.notification.handlers.sendgrid.templates.generic.matrixId.body;
  const files = transportKind(settings) === "sendgrid"
    ? [text, html]
    : [settings.threepid.medium.email.generators.template.generic.matrixId];
  return files.filter((file) => file !== undefined);
}

/** The files and folders with templates: the built-in ones and the configured ones. */
export function templatePaths(settings: Settings): readonly string[] {
  const builtIn = decodeURIComponent(programFile("templates").pathname);
  const { templates } = settings.notify;
  return [builtIn, ...templates === undefined ? [] : [templates], ...legacyFiles(settings)];
}
