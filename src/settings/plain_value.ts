/**
 * Values in which the service replaces nothing.
 *
 * @module
 */

import { z } from "zod";
import { foreignPlaceholder } from "../text/foreign_placeholder.ts";
import { quoted } from "../text/printable.ts";
import { textOf } from "./scalar.ts";

/**
 * Refuses a value with a placeholder of another program, such as `%ROOM_ID%`: it would be used as it
 * is written.
 *
 * @param advice What to write instead.
 */
export function plainValue<Value>(
  schema: z.ZodType<Value>,
  advice = "write the value itself",
): z.ZodType<Value> {
  return z.preprocess((input, context) => {
    const text = textOf(input);
    const found = typeof text === "string" ? foreignPlaceholder(text) : undefined;
    // A password in a URL is not to be shown, not even a part of it.
    if (found === undefined || (text as string).includes("@")) return input;
    context.addIssue({ code: "custom", message: describePlaceholder(found, advice) });
    return z.NEVER;
  }, schema);
}

/** The message about a placeholder where none is replaced. */
export function describePlaceholder(placeholder: string, advice: string): string {
  return `${quoted(placeholder)} is not replaced here: ${advice}`;
}
