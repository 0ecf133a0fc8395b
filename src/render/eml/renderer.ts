/**
 * Renders mxisd's own kind of template: an `.eml` file with `%PLACEHOLDER%`s.
 *
 * Values are escaped in HTML, encoded in headers, and written in the character set and transfer
 * encoding of their part.
 *
 * @module
 */

import type { Content } from "../../domain/message.ts";
import { fromBytes } from "../../mime/bytes.ts";
import { entityBytes, fieldOf, type FileProblem, parseEntity } from "../../mime/entity.ts";
import type { MailModel, Renderer } from "../port.ts";
import { broken, type ParsedFile, tooLarge } from "./parsed_file.ts";
import { type EmlPart, readPart } from "./part.ts";
import { LANGUAGE, placeholderValues, type Sender } from "./placeholder.ts";
import { writeEml } from "./writer.ts";

/** Parses a template. A template that is not broken can be rendered. */
export function parseEml(bytes: Uint8Array): ParsedFile<EmlPart> {
  const refusal = tooLarge(bytes);
  if (refusal) return refusal;
  const problems: FileProblem[] = [];
  const warnings: FileProblem[] = [];
  const source = fromBytes(bytes).replace(/^\xEF\xBB\xBF/, "").replaceAll("\r\n", "\n");
  const entity = parseEntity(source, problems);
  if (problems.length > 0) return broken(problems);
  if (!fieldOf(entity, "subject")) {
    return broken([{ line: 1, message: "has no Subject: begin with a line Subject: ..." }]);
  }
  const template = readPart(entity, { problems, warnings }, true);
  return problems.length > 0 ? broken(problems) : { kind: "template", template, warnings };
}

/** Opens the renderer of a template. A mail about several invitations shows the first one only. */
export function openEmlRenderer(options: Sender & { readonly template: EmlPart }): Renderer {
  function render(model: MailModel): Promise<Content> {
    const values = placeholderValues(model, options);
    const entity = entityBytes(writeEml(options.template, values));
    return Promise.resolve({ kind: "mime", entity });
  }
  // The template was parsed before.
  // It was parsed from text.
  const done = () => Promise.resolve();
  return { languages: [LANGUAGE], render, load: done, check: done };
}
