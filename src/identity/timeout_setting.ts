/**
 * The key `timeout` of the identity stores.
 *
 * @module
 */

import type { z } from "zod";
import { durationWithin } from "../settings/kinds.ts";
import { DEFAULT_DEADLINE_MS, MAX_DEADLINE_MS } from "./deadline.ts";

/** How long a lookup may take, in milliseconds; 10 s unless it is set. */
export function timeoutSetting(): z.ZodDefault<z.ZodType<number>> {
  return durationWithin(1, MAX_DEADLINE_MS).default(DEFAULT_DEADLINE_MS);
}
