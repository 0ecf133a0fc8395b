/**
 * The section `notification`: what makes mails out of invitations.
 *
 * @module
 */

import { choice } from "../../domain/setting.ts";
import { section } from "./section.ts";

/** The section `notification`. */
export const notificationSection = section("What makes mails out of invitations.", {
  handler: section("What makes the mails, for each way to reach people.", {
    email: choice(["raw"]).prefault("raw").describe(
      "What makes the mails: raw is the generator and the connector of threepid.medium.email.",
    ),
  }),
});
