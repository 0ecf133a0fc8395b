/**
 * The registration that the settings ask for.
 *
 * @module
 */

import type { WantedRegistration } from "../../config/registration/generate.ts";
import type { Settings } from "../../config/sections/settings.ts";

/** What the registration should say; the URL is this machine's where none is configured. */
export function wantedRegistration({ matrix, appsvc, server }: Settings): WantedRegistration {
  return {
    domain: matrix.domain,
    id: appsvc.registration.synapse.id,
    url: appsvc.endpoint.toAS.url ?? `http://localhost:${server.port}`,
    senderLocalpart: appsvc.user.main,
    asToken: appsvc.endpoint.toHS.token,
    hsToken: appsvc.endpoint.toAS.token,
  };
}
