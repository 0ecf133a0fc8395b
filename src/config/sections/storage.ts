/**
 * The section `storage`: where invitations and emails are stored.
 *
 * @module
 */

import { MINUTE } from "../../settings/duration.ts";
import { choice, duration, path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

/** The section `storage`. */
export const storageSection = section("Where invitations and emails are stored.", {
  backend: choice(["sqlite"]).prefault("sqlite").describe("The kind of database."),
  retention: duration().refine(
    (span) => span >= MINUTE,
    "expected at least 1m: why and outbox cannot show what was deleted",
  ).prefault("30d").describe(
    "How long invitations and emails are kept after the last thing that happened to them. Choices " +
      "to stop emails are kept for ever.",
  ),
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
