/**
 * Generates a new registration.
 *
 * @module
 */

import type { Secret } from "../../settings/secret.ts";
import type { RandomBytes } from "../../system/random.ts";
import type { ExpectedRegistration } from "./compare.ts";
import { localUsersRegex } from "./namespace.ts";

/** The values of a registration. An absent token is generated. */
export interface WantedRegistration extends ExpectedRegistration {
  /** The service's name at its homeserver, such as `appservice-mxisd`. */
  readonly id: string;
  /** Where the homeserver reaches this service. */
  readonly url: string;
  /** The localpart of the service's own user. */
  readonly senderLocalpart: string;
}

/**
 * A registration as YAML, which Synapse, Dendrite and the Conduit family load. It contains the
 * tokens: keep it out of logs.
 *
 * A generated token has 256 random bits in URL-safe characters. Values that no homeserver accepts
 * are written all the same: `parseRegistration` reports them.
 */
export function generateRegistration(wanted: WantedRegistration, random: RandomBytes): string {
  const token = (given: Secret | undefined) =>
    given?.reveal() ?? random(32).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${HEADER}
id: ${scalar(wanted.id)}
url: ${scalar(wanted.url)}
as_token: ${scalar(token(wanted.asToken))}
hs_token: ${scalar(token(wanted.hsToken))}
sender_localpart: ${scalar(wanted.senderLocalpart)}
rate_limited: false
receive_ephemeral: false
namespaces:
  users:
    - regex: ${scalar(localUsersRegex(wanted.domain))}
      exclusive: false
  aliases: []
  rooms: []
`;
}

// Every value is quoted: without quotes, YAML 1.1 reads some as numbers, booleans or dates.
function scalar(text: string): string {
  if (/^[\x20-\x7E]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  // JSON is YAML, except for characters that YAML does not accept unescaped.
  return JSON.stringify(text).replace(
    /[^\x20-\x7E]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const HEADER =
  `# The registration of appservice-mxisd: it tells the homeserver where the service is, which events
# to push to it, and by which tokens the two know each other.
#
# It holds secrets. Only the homeserver and the service should be able to read it (mode 0640).
#
# Synapse: name this file in homeserver.yaml, and restart Synapse:
#
#   app_service_config_files:
#     - /path/to/this/file
#
# Dendrite: the same under app_service_api.config_files in dendrite.yaml.
# Tuwunel, continuwuity, conduwuit: send "!admin appservices register" to the admin room, with this
# text in a code block below it.
`;
