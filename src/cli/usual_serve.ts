/**
 * Recognizes the usual ways to start the service, for which the parser of the command line need not be
 * loaded: that takes longer than all else that is done with the arguments.
 *
 * @module
 */

import type { GlobalOptions } from "./options.ts";

/** The options of `serve`. */
export interface ServeArguments extends GlobalOptions {
  /** Whether it reads the configuration again on SIGHUP. */
  readonly reload: boolean;
}

/**
 * The options in arguments that the parser would accept for `serve` as well; `undefined` for all else,
 * such as mistakes, which are the parser's.
 */
export function usualServe(args: readonly string[]): ServeArguments | undefined {
  const [command = "serve", ...words] = args;
  if (command !== "serve") return undefined;
  let config: string | undefined;
  let verbosity = 0;
  let reload = false;
  while (words.length > 0) {
    const word = words.shift();
    if (word === "-v") verbosity += 1;
    else if (word === "--reload" && !reload) reload = true;
    else if ((word === "-c" || word === "--config") && config === undefined) {
      config = words.shift();
      // What looks like an option may be one.
      if (!config || config.startsWith("-")) return undefined;
    } else return undefined;
  }
  return { config, verbosity, reload };
}
