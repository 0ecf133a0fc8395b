/**
 * The path of a template of mxisd's kinds.
 *
 * @module
 */

import { z } from "zod";
import { path, Scalar } from "../../settings/kinds.ts";

/** A path, or one of the templates inside mxisd, in whose place there is ours. */
export function templateFile(): z.ZodType<string | undefined> {
  return z.preprocess((input) => {
    const value = input instanceof Scalar ? input.value : input;
    const builtIn = typeof value === "string" && (value === "" || value.startsWith("classpath:"));
    return builtIn ? undefined : input;
  }, path("mxisd").optional()).optional();
}
