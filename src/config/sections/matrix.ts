/**
 * The section `matrix`: the homeserver whose users are notified.
 *
 * @module
 */

import { isServerName } from "../../domain/user_id.ts";
import { parsed } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `matrix`. */
export const matrixSection = section("The homeserver whose users are notified.", {
  domain: parsed(
    (text) => isServerName(text) ? text : undefined,
    "the homeserver's server_name, such as example.org",
  ).meta({ examples: ["example.org"] }).describe(
    "The domain in your Matrix IDs, the homeserver's server_name: in @bob:example.org it is " +
      "example.org.",
  ),
});
