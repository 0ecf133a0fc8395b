/**
 * The path of a template in one of mxisd's formats.
 *
 * @module
 */

import { z } from "zod";
import { path } from "../../settings/kinds.ts";
import { valueOf } from "../../settings/scalar.ts";

/** A path. Empty, or the name of a template inside mxisd, it selects the built-in template. */
export function templateFile(): z.ZodType<string | undefined> {
  return z.preprocess((input) => {
    const value = valueOf(input);
    const builtIn = typeof value === "string" && (value === "" || value.startsWith("classpath:"));
    return builtIn ? undefined : input;
  }, path("mxisd").optional()).optional();
}
