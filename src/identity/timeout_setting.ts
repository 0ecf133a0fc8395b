/**
 * The key `timeout` of the identity stores.
 *
 * @module
 */

import type { z } from "zod";
import { durationWithin } from "../settings/kinds.ts";
import { DEFAULT_DEADLINE, LONGEST_DEADLINE } from "./deadline.ts";

/** How long a lookup may take, in milliseconds; 10 s unless it is set. */
export function timeoutSetting(): z.ZodDefault<z.ZodType<number>> {
  return durationWithin(1, LONGEST_DEADLINE).default(DEFAULT_DEADLINE);
}
