/**
 * Keeps the service's own database from being opened when the configuration is read again.
 *
 * @module
 */

import type { ConfigEnvironment } from "../../config/source/environment.ts";

/** How a configuration is read before the service has opened its database, and later. */
export interface ReloadEnvironment {
  readonly first: ConfigEnvironment;
  readonly later: ConfigEnvironment;
}

/**
 * Looks into databases the first time alone. SQLite's locks end when the process that has them closes
 * the same file once more (fcntl, POSIX.1-2017). Which database is used is read at the start alone, and
 * one that is named later is looked into then.
 */
export function openReloadEnvironment(environment: ConfigEnvironment): ReloadEnvironment {
  const known = new Map<string, readonly string[] | undefined>();
  return {
    first: {
      ...environment,
      databaseTables(path) {
        const tables = environment.databaseTables(path);
        known.set(path, tables);
        return tables;
      },
    },
    later: {
      ...environment,
      databaseTables: (path) => known.has(path) ? known.get(path) : [],
    },
  };
}
