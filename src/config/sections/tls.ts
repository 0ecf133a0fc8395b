/**
 * The section `tls`: whom to trust.
 *
 * @module
 */

import { path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `tls`. */
export const tlsSection = section("Whom to trust.", {
  ca: path("folder").optional().meta({ examples: ["organisation-ca.pem"] }).describe(
    "A PEM file with the certificates of your own certificate authorities, which the mail server " +
      "and the identity stores are trusted by, besides the well-known ones.",
  ),
});
