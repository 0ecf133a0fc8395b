/**
 * The section `tls`: trusted certificates.
 *
 * @module
 */

import { path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `tls`. */
export const tlsSection = section("Trusted certificates.", {
  ca: path("folder").optional().meta({ examples: ["organisation-ca.pem"] }).describe(
    "A PEM file with the certificates of your own authorities, or of single servers. The mail server, the " +
      "identity stores and the homeserver may use them besides the well-known ones.",
  ),
});
