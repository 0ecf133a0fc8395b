/**
 * The options that several commands have.
 *
 * @module
 */

import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { flag, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";

/** What the options of every command give. */
export interface GlobalOptions {
  /** The configuration's file; `undefined`: the first one that is found. */
  readonly config: string | undefined;
  /** How often `-v` was given. */
  readonly verbosity: number;
}

/** The options of every command, which are mxisd's. */
export const globalOptions = {
  config: optional(
    option("-c", "--config", string({ metavar: "FILE" }), {
      description:
        message`The configuration. Without it: mxisd.yaml in this folder, then /etc/mxisd/mxisd.yaml.`,
    }),
  ),
  verbosity: map(
    multiple(flag("-v", { description: message`Log more: -v for debug, -vv for everything.` })),
    (flags) => flags.length,
  ),
};

/** Templates to use in place of the configured ones. */
export const templateOption = optional(
  option("--template", string({ metavar: "PATH" }), {
    description:
      message`A folder of templates or an .eml file to look at, instead of the configured one.`,
  }),
);
