/**
 * The section `appsvc`: how this service and the homeserver reach and authenticate each other.
 *
 * @module
 */

import { z } from "zod";
import { filledSecret, filledText, flag, httpUrl, parsed, path } from "../../settings/kinds.ts";
import { section } from "../../settings/section.ts";

// As registrations allow it: Synapse requires one that URL quoting does not change.
const localpart = () =>
  parsed(
    (text) => /^[a-z0-9._=/+-]{1,200}$/.test(text) ? text : undefined,
    "the part of a Matrix ID before the colon, without @, such as mxisd",
  );

const toHS = section("From this service to the homeserver.", {
  url: httpUrl().meta({ examples: ["http://localhost:8008"] }).describe(
    "Where this service reaches the homeserver's client API.",
  ),
  token: filledSecret().optional().describe(
    "The registration's as_token. It is not needed to send emails: with it, the service checks at " +
      "each start whether it and the homeserver reach each other, and whether matrix.domain is " +
      "right. It is a powerful secret: leave it out if you do not want these checks.",
  ),
});

const toAS = section("From the homeserver to this service.", {
  url: httpUrl().optional().meta({ examples: ["http://localhost:8090"] }).describe(
    "Where the homeserver reaches this service: the url of the registration.",
  ),
  token: filledSecret().meta({ examples: ["{ file: hs_token }"] }).describe(
    "The registration's hs_token, which authenticates the homeserver. By default the one in " +
      "appsvc.registration.synapse.file.",
  ),
  previousToken: filledSecret().optional().meta({ examples: ["{ file: previous_hs_token }"] })
    .describe(
      "The hs_token before, while it is being replaced: it is accepted as well, until the " +
        "homeserver has loaded the new one.",
    ),
});

const admin = section("mxisd's admin commands.", {
  enabled: flag().optional().describe("Whether the service answers admin commands in a room."),
  allowedRoles: z.array(filledText()).prefault([]).describe(
    "The roles in the identity stores whose members may use admin commands.",
  ),
});

/** The section `appsvc`. */
export const appsvcSection = section(
  "How this service and the homeserver reach and authenticate each other.",
  {
    enabled: flag().prefault(true).describe(
      "Whether the service is active; if not, it ignores all invites.",
    ),
    user: section("The service's own users.", {
      main: localpart().prefault("mxisd").describe(
        "The localpart of the service's own user: the registration's sender_localpart.",
      ),
      inviteExpired: localpart().prefault("_mxisd_invite-expired").describe(
        "The localpart of the user that mxisd used for expired invites. It gets no emails.",
      ),
    }),
    endpoint: section("The two directions.", { toHS, toAS }),
    registration: section("The registration of this service at the homeserver.", {
      synapse: section(
        "The registration file, for Synapse and for other homeservers.",
        {
          id: filledText().prefault("appservice-mxisd").describe("The registration's id."),
          file: path("mxisd").optional()
            .meta({ examples: ["/etc/matrix-synapse/appservice-mxisd.yaml"] }).describe(
              "The registration file. It is created if it does not exist, and updated at each " +
                "start, as soon as the homeserver has confirmed matrix.domain, but its tokens are " +
                "never changed.",
            ),
        },
      ),
    }),
    feature: section("mxisd's features as an application service.", {
      admin,
      cleanExpiredInvite: flag().optional().describe(
        "mxisd's switch for rejecting expired invites; it has no effect here.",
      ),
      inviteById: flag().optional().describe(
        "mxisd's switch for the feature of this service; it has no effect here.",
      ),
    }),
  },
);
