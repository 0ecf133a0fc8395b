/**
 * The options that several commands have.
 *
 * @module
 */

import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { flag, option } from "@optique/core/primitives";
import { pathValue } from "./values.ts";

/** The values of the options that every command has. */
export interface GlobalOptions {
  /** The configuration file; `undefined`: the first of the default ones that exists. */
  readonly config: string | undefined;
  /** How often `-v` was given. */
  readonly verbosity: number;
}

/** The options of every command, which are mxisd's. */
export const globalOptions = {
  config: optional(
    option("-c", "--config", pathValue("FILE", "file"), {
      description:
        message`The configuration file. Default: mxisd.yaml in this folder, then /etc/mxisd/mxisd.yaml.`,
    }),
  ),
  verbosity: map(
    multiple(flag("-v", { description: message`Log more: -v for debug, -vv for trace.` })),
    (flags) => flags.length,
  ),
};

/** The option of commands that render samples. */
export const templateOption = optional(
  option("--template", pathValue("PATH", "any"), {
    description: message`A folder of templates or an .eml file, in place of the configured one.`,
  }),
);

/** The option of commands that print one JSON document for scripts. */
export const jsonOption = map(
  optional(flag("--json", { description: message`Print one JSON document.` })),
  (given) => given === true,
);
