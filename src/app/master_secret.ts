/**
 * The secret that links, threads and hashes are made with.
 *
 * @module
 */

import type { Settings } from "../config/sections/settings.ts";
import type { MasterSecret } from "../notify/derived_key.ts";

/** The administrator's, else the outbox's own. A link and the hashes in it want the same one. */
export function masterSecret({ notify }: Settings, own: MasterSecret): MasterSecret {
  return notify.secret?.reveal() ?? own;
}
