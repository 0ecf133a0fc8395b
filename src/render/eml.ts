/**
 * mxisd's own kind of template: a raw `.eml` file with `%PLACEHOLDER%`s.
 *
 * Values are escaped in HTML, encoded in headers, and written in the character set and transfer
 * encoding of the part they stand in.
 *
 * @module
 */

import type { Content } from "../domain/message.ts";
import { type EmlPart, readPart } from "./eml_part.ts";
import { writeEml } from "./eml_writer.ts";
import { fromBytes, toBytes } from "./mime_encoding.ts";
import { type EmlProblem, fieldOf, parseEntity } from "./mime_entity.ts";
import { LANGUAGE, placeholderValues, type Sender } from "./placeholder.ts";
import type { MailModel, Renderer } from "./port.ts";

/** A template that was found right. */
export interface EmlTemplate {
  /** The message's parts. */
  readonly root: EmlPart;
}

/** What a file is. */
export type ParsedEml =
  /** A template; the warnings tell what may not be as it was meant. */
  | {
    readonly kind: "template";
    readonly template: EmlTemplate;
    readonly warnings: readonly EmlProblem[];
  }
  /** It cannot be used. */
  | { readonly kind: "broken"; readonly problems: readonly EmlProblem[] };

// Everything larger than what mail servers take as a rule was not meant.
const LARGEST = 10 * 1024 * 1024;

/** Reads a template. Nothing that is wrong with it is left to be found when a mail is sent. */
export function parseEml(bytes: Uint8Array): ParsedEml {
  if (bytes.length > LARGEST) return broken([{ line: 1, message: "is larger than 10 MiB" }]);
  const problems: EmlProblem[] = [];
  const warnings: EmlProblem[] = [];
  const source = fromBytes(bytes).replace(/^\xEF\xBB\xBF/, "");
  const entity = parseEntity(source, problems);
  if (problems.length > 0) return broken(problems);
  if (!fieldOf(entity, "subject")) {
    return broken([{ line: 1, message: "has no Subject: begin with a line Subject: ..." }]);
  }
  const root = readPart(entity, { problems, warnings }, true);
  return problems.length > 0
    ? broken(problems)
    : { kind: "template", template: { root }, warnings };
}

/** Opens the renderer of a template. A mail of several invitations tells of the first one only. */
export function openEmlRenderer(options: Sender & { readonly template: EmlTemplate }): Renderer {
  function render(model: MailModel): Promise<Content> {
    const values = placeholderValues(model, options);
    const entity = toBytes(writeEml(options.template.root, values));
    return Promise.resolve({ kind: "mime", entity });
  }
  // All of the template was read and checked before.
  return { languages: [LANGUAGE], render, check: () => Promise.resolve() };
}

function broken(problems: readonly EmlProblem[]): ParsedEml {
  return { kind: "broken", problems };
}
