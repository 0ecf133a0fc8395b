/**
 * What is wrong with a Liquid template, for whoever wrote it.
 *
 * @module
 */

import { RenderError } from "../port.ts";
import type { Template } from "./sentences.ts";

/** What Liquid says of an error; not all of it is there in each. */
interface LiquidError extends Error {
  readonly token?: {
    readonly file?: string;
    readonly input?: string;
    getPosition(): [line: number, column: number];
  };
  readonly originalError?: { readonly code?: unknown };
}

/** The error as one that names file and line, and says what to do where that is known. */
export function templateError(
  error: unknown,
  templates: ReadonlyMap<string, Template>,
): RenderError {
  if (error instanceof RenderError) return error;
  if (!(error instanceof Error)) return new RenderError(String(error), { cause: error });
  const { token, originalError, message, name } = error as LiquidError;
  const [reason = ""] = message.replace(/(?:, file:.*?)?, line:\d+, col:\d+$/s, "").split("\n");
  const what = reason + (originalError?.code === "ENOENT" ? MISSING : ADVICE[name] ?? "");
  const template = token && templateOf(token, templates);
  if (!template) return new RenderError(what, { cause: error });
  const [line] = token.getPosition();
  return new RenderError(`${template.file}:${template.line + line - 1}: ${what}`, { cause: error });
}

const ADVICE: Readonly<Record<string, string>> = {
  UndefinedVariableError: ": use one of the names in docs/templates.md, or remove it",
};
const MISSING = ": include one of the templates in docs/templates.md, or remove the tag";

// What goes wrong while rendering is known by the text it stands in alone.
function templateOf(
  { file, input }: NonNullable<LiquidError["token"]>,
  templates: ReadonlyMap<string, Template>,
): Template | undefined {
  if (file !== undefined) return templates.get(file);
  return [...templates.values()].find(({ source }) => source === input);
}
