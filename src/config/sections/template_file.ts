/**
 * The path of a template of mxisd's kinds.
 *
 * @module
 */

import { z } from "zod";
import { path } from "../../settings/kinds.ts";
import { valueOf } from "../../settings/scalar.ts";

/** A path, or one of the templates inside mxisd, in whose place there is ours. */
export function templateFile(): z.ZodType<string | undefined> {
  return z.preprocess((input) => {
    const value = valueOf(input);
    const builtIn = typeof value === "string" && (value === "" || value.startsWith("classpath:"));
    return builtIn ? undefined : input;
  }, path("mxisd").optional()).optional();
}
