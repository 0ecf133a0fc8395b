/**
 * Converts Liquid's errors to messages for the template's author.
 *
 * @module
 */

import { RenderError } from "../port.ts";
import type { Template } from "./sentences.ts";

/** Liquid's errors; not every error has all properties. */
interface LiquidError extends Error {
  readonly token?: {
    readonly file?: string;
    readonly input?: string;
    getPosition(): [line: number, column: number];
  };
  readonly originalError?: { readonly code?: unknown };
}

/** The error with file and line, and with advice where there is any. */
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

// Errors while rendering have the template's text instead of its name.
function templateOf(
  { file, input }: NonNullable<LiquidError["token"]>,
  templates: ReadonlyMap<string, Template>,
): Template | undefined {
  if (file !== undefined) return templates.get(file);
  return [...templates.values()].find(({ source }) => source === input);
}
