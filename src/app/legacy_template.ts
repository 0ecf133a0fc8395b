/**
 * Opens templates in mxisd's formats: an `.eml` file, or a subject and files for SendGrid.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import { transportKind } from "../config/sections/transport_kind.ts";
import type { FileProblem } from "../mime/entity.ts";
import type { ParsedFile } from "../render/eml/parsed_file.ts";
import type { Piece, Sender } from "../render/eml/placeholder.ts";
import {
  openPlaceholderRenderer,
  parseTemplateFile,
  subjectWarnings,
} from "../render/eml/placeholder_files.ts";
import { openEmlRenderer, parseEml } from "../render/eml/renderer.ts";
import { type Renderer, RenderError } from "../render/port.ts";
import { printable } from "../text/printable.ts";
import { readConfiguredFile } from "./configured_file.ts";

/**
 * The renderer of the configured legacy template; `undefined` when there is none.
 *
 * @param onWarning Called with each warning, one line.
 * @throws {RenderError} When a file is broken; the message has a line for each reason.
 */
export function openLegacyRenderer(
  settings: Settings,
  sender: Sender,
  onWarning: (line: string) => void,
): Renderer | undefined {
  if (transportKind(settings) === "sendgrid") return openFiles(settings, sender, onWarning);
  const file = settings.threepid.medium.email.generators.template.generic.matrixId;
  if (file === undefined) return undefined;
  const template = templateOrThrow(file, parseEml(readConfiguredFile(file)), onWarning);
  return openEmlRenderer({ ...sender, template });
}

/** Whether a legacy template is configured. It knows one invitation. */
export function hasLegacyTemplate(settings: Settings): boolean {
  if (transportKind(settings) === "sendgrid") {
    const { body } = settings.notification.handlers.sendgrid.templates.generic.matrixId;
    return body.text !== undefined || body.html !== undefined;
  }
  return settings.threepid.medium.email.generators.template.generic.matrixId !== undefined;
}

function openFiles(
  settings: Settings,
  sender: Sender,
  onWarning: (line: string) => void,
): Renderer | undefined {
  const { matrixId } = settings.notification.handlers.sendgrid.templates.generic;
  const { subject = "", body } = matrixId;
  if (body.text === undefined && body.html === undefined) return undefined;
  const key = "notification.handlers.sendgrid.templates.generic.matrixId.subject";
  for (const message of subjectWarnings(subject)) onWarning(`${key}: ${message}`);
  function pieces(file: string | undefined, html: boolean): readonly Piece[] | undefined {
    if (file === undefined) return undefined;
    return templateOrThrow(file, parseTemplateFile(readConfiguredFile(file), html), onWarning);
  }
  const template = { subject, text: pieces(body.text, false), html: pieces(body.html, true) };
  return openPlaceholderRenderer({ ...sender, template });
}

function templateOrThrow<Template>(
  file: string,
  parsed: ParsedFile<Template>,
  onWarning: (line: string) => void,
): Template {
  const describe = ({ line, message }: FileProblem) => `${printable(file)}:${line}: ${message}`;
  if (parsed.kind === "broken") throw new RenderError(parsed.problems.map(describe).join("\n"));
  for (const warning of parsed.warnings) onWarning(describe(warning));
  return parsed.template;
}
