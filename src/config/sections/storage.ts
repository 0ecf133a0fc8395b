/**
 * The section `storage`: where invitations and mails are kept.
 *
 * @module
 */

import { choice, path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `storage`. */
export const storageSection = section("Where invitations and mails are kept.", {
  backend: choice(["sqlite"]).prefault("sqlite").describe("The kind of database."),
  provider: section("The settings of each kind of database.", {
    sqlite: section("A database in a file, made by the service itself.", {
      database: path("mxisd").optional()
        .meta({ examples: ["/var/lib/mxisd/appservice-mxisd.db"] }).describe(
          "The service's own database file, made if it is not there. Never the homeserver's. " +
            "Without it: appservice-mxisd.db in the state directory that systemd gives, else " +
            "beside this file.",
        ),
    }),
  }),
});
