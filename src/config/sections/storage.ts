/**
 * The section `storage`: where invitations and emails are stored.
 *
 * @module
 */

import { choice, path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `storage`. */
export const storageSection = section("Where invitations and emails are stored.", {
  backend: choice(["sqlite"]).prefault("sqlite").describe("The kind of database."),
  provider: section("The settings of each kind of database.", {
    sqlite: section("A database in a file, which the service creates.", {
      database: path("mxisd").optional()
        .meta({ examples: ["/var/lib/mxisd/appservice-mxisd.db"] }).describe(
          "The service's own database file, which is created if it does not exist. Never the " +
            "homeserver's. By default appservice-mxisd.db in systemd's state directory, else beside " +
            "this file.",
        ),
    }),
  }),
});
