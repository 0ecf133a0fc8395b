/**
 * The schema of a section of the settings.
 *
 * @module
 */

import { z } from "zod";

/**
 * A section with these keys and no others, described in an administrator's words. It may be absent:
 * then its keys have their defaults, and required ones are missing.
 */
export function section<Shape extends z.core.$ZodLooseShape>(
  description: string,
  shape: Shape,
): z.ZodPrefault<z.ZodObject<Shape, z.core.$strict>> {
  return z.strictObject(shape).prefault({} as z.input<z.ZodObject<Shape, z.core.$strict>>)
    .describe(description);
}
