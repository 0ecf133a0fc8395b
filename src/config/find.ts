/**
 * Finds the configuration when none is named.
 *
 * @module
 */

import { join } from "node:path";
import type { ConfigEnvironment } from "./environment.ts";

/** Where the configuration is when it is not in the working directory. */
export const SYSTEM_CONFIG = "/etc/mxisd/mxisd.yaml";

/**
 * The configuration's absolute path: `mxisd.yaml` in the working directory, else
 * `/etc/mxisd/mxisd.yaml`; `undefined` when there is neither.
 */
export function findConfig(environment: ConfigEnvironment): string | undefined {
  return [join(environment.cwd, "mxisd.yaml"), SYSTEM_CONFIG].find((file) =>
    environment.exists(file)
  );
}
